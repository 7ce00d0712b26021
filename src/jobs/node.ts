import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';

/** What this process is called among the nodes: for people, and different even where two containers have one name. */
export function newNodeName(): string {
  return `${hostname()}-${process.pid}-${randomBytes(4).toString('hex')}`;
}
