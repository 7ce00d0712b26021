/** What whoever manages connections to other registries is told. The message is a sentence, without secrets. */
export abstract class ConnectionError extends Error {
  abstract readonly code: string;
  abstract readonly status: number;

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

export class ConnectionNotFoundError extends ConnectionError {
  override readonly code = 'REGISTRY_UNKNOWN';
  override readonly status = 404;

  constructor(id: string) {
    super(`There is no registry ${JSON.stringify(id.slice(0, 100))}.`);
  }
}

export interface FieldProblem {
  /** As in {@link ConnectionInput}; of a credential form's own fields `fields.<name>`. */
  readonly field: string;
  /** A sentence. */
  readonly message: string;
}

export class ConnectionInvalidError extends ConnectionError {
  override readonly code = 'REGISTRY_INVALID';
  override readonly status = 400;
  /** At least one. */
  readonly problems: readonly FieldProblem[];

  constructor(problems: readonly FieldProblem[], options?: ErrorOptions) {
    super(problems.map(({ field, message }) => `${field}: ${message}`).join(' '), options);
    this.problems = problems;
  }
}

export class ConnectionNameTakenError extends ConnectionError {
  override readonly code = 'REGISTRY_EXISTS';
  override readonly status = 409;

  constructor(name: string) {
    super(`There is a registry ${JSON.stringify(name)} in this project already.`);
  }
}

/** Policies name it: without it they would run at nothing. */
export class ConnectionInUseError extends ConnectionError {
  override readonly code = 'REGISTRY_IN_USE';
  override readonly status = 409;

  /** @param policies names of some of them, in their order. */
  constructor(name: string, policies: readonly string[]) {
    super(
      `Lifecycle policies are for registry ${JSON.stringify(name)}: ${policies.join(', ')}. Remove them first, or let them be for another registry.`,
    );
  }
}

/** Somebody else changed it while it was being changed. */
export class ConnectionChangedError extends ConnectionError {
  override readonly code = 'REGISTRY_CHANGED';
  override readonly status = 409;

  constructor() {
    super('The registry was changed meanwhile: look at it again, and repeat what you did if it is still wanted.');
  }
}

/** A secret cannot be replaced in this way, or not now. The message says what to do instead. */
export class RotationError extends ConnectionError {
  override readonly code = 'ROTATION_REFUSED';
  override readonly status = 409;
}

/** Secrets cannot be kept, or not be read, as things are: the message says what to set. */
export class ConnectionSecretsError extends ConnectionError {
  override readonly code = 'SECRETS_KEY_MISSING';
  override readonly status = 409;
}
