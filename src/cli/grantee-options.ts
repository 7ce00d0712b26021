import type { Command } from 'commander';
import type { Grantee } from '../api/grants/contract.ts';
import { UsageError } from './cli-error.ts';

export interface GranteeOptions {
  readonly user?: string;
  readonly token?: string;
  readonly everybody?: true;
  readonly anonymous?: true;
  readonly signedIn?: true;
}

export function withGranteeOptions(command: Command): Command {
  return command
    .option('--user <name>', 'to a user')
    .option('--token <name>', 'to a token')
    .option('--signed-in', 'to whoever shows a password or a token')
    .option('--everybody', 'to everybody, without login')
    .option('--anonymous', 'the same as --everybody');
}

const CHOICES = '--user NAME, --token NAME, --signed-in or --everybody';

/** Who is meant; `undefined` when nobody is said. @throws {UsageError} more than one. */
export function granteeOf({ user, token, everybody, anonymous, signedIn }: GranteeOptions): Grantee | undefined {
  const said: Grantee[] = [];
  if (user !== undefined) said.push({ kind: 'user', name: user });
  if (token !== undefined) said.push({ kind: 'token', name: token });
  if (signedIn === true) said.push({ kind: 'signed-in' });
  if (everybody === true || anonymous === true) said.push({ kind: 'everybody' });
  if (said.length > 1) throw new UsageError(`Say one of ${CHOICES}.`);
  return said[0];
}

/** @throws {UsageError} nobody is said. */
export function requiredGranteeOf(options: GranteeOptions): Grantee {
  const grantee = granteeOf(options);
  if (grantee === undefined) throw new UsageError(`Say to whom: ${CHOICES}.`);
  return grantee;
}

export function granteeInWords(grantee: Grantee): string {
  switch (grantee.kind) {
    case 'everybody':
      return 'everybody';
    case 'signed-in':
      return 'whoever is signed in';
    case 'user':
      return `user ${grantee.name}`;
    case 'token':
      return `token ${grantee.name}`;
    case 'htpasswd':
      return `htpasswd user ${grantee.name}`;
  }
}

/** A user is the same to whoever grants something, wherever the password is kept. */
export function isSameGrantee(wanted: Grantee, recorded: Grantee): boolean {
  const isSameKind = wanted.kind === recorded.kind || (wanted.kind === 'user' && recorded.kind === 'htpasswd');
  return isSameKind && ('name' in wanted ? wanted.name : '') === ('name' in recorded ? recorded.name : '');
}
