import type { CredentialForm, Provider } from '../providers/provider.ts';
import type { Accounts } from './accounts.ts';
import { checkInput, checkProject, type WantedConnection } from './check-input.ts';
import { ConnectionInvalidError } from './connection-errors.ts';
import type { ConnectionInput } from './connection-input.ts';
import { changedInput, inputOf, refuseElsewhere } from './merge.ts';
import type { StoredConnection } from './stored.ts';

/** A connection as somebody wants it, found to be possible. */
export interface Draft {
  readonly wanted: WantedConnection;
  readonly form: CredentialForm | undefined;
}

export interface DraftsParts {
  readonly providers: readonly Provider[];
  readonly accounts: Accounts;
  /** Whether the operator lets connections of a project use the identity of the machine. */
  readonly isAmbientAllowed: (project: string) => boolean;
}

/** What people want of connections, checked as far as that can be done without asking a registry. */
export class Drafts {
  readonly #parts: DraftsParts;

  constructor(parts: DraftsParts) {
    this.#parts = parts;
  }

  /** @throws {ConnectionInvalidError} with a problem for each field. */
  ofNew(project: string, input: ConnectionInput): Draft {
    checkProject(project);
    return this.#possible(this.#checked(project, input));
  }

  /** @throws {ConnectionInvalidError} with a problem for each field. @throws {ConnectionSecretsError} */
  async ofChange(seen: StoredConnection, changes: Partial<ConnectionInput>): Promise<Draft> {
    const { providers, accounts } = this.#parts;
    // Where nobody can read the old secret, a new one still helps.
    const opened = await accounts.openingOf(seen, { isReplaced: changes.secret !== undefined });
    const changed = changedInput(inputOf(seen, opened), changes, providers);
    const wanted = this.#checked(seen.row.project, changed);
    refuseElsewhere(seen, wanted, changes);
    return this.#possible(wanted);
  }

  #checked(project: string, input: ConnectionInput): WantedConnection {
    const { providers, isAmbientAllowed } = this.#parts;
    return checkInput(input, { project, providers, isAmbientAllowed: isAmbientAllowed(project) });
  }

  #possible(wanted: WantedConnection): Draft {
    const { accounts } = this.#parts;
    const { title, forms } = accounts.providerOf(wanted.kind);
    if (wanted.settings.isAutomatic && accounts.open(wanted).account.minting === undefined) {
      const message = `${title} cannot be asked to make secrets with these credentials: they are replaced by hand.`;
      throw new ConnectionInvalidError([{ field: 'isAutomatic', message }]);
    }
    return { wanted, form: forms.find(({ name }) => name === wanted.settings.form) };
  }
}
