/** Of the lease under which a node runs a policy. */
export function leaseOfPolicy(id: number): string {
  return `policy ${id}`;
}
