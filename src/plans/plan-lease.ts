/** Of the lease under which a node applies a plan. */
export function leaseOf(id: string): string {
  return `plan ${id}`;
}
