/** What whoever manages webhooks is told. The message is a sentence. */
export abstract class WebhookError extends Error {
  abstract readonly code: string;
  abstract readonly status: number;

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

export class WebhookUnknownError extends WebhookError {
  override readonly code = 'WEBHOOK_UNKNOWN';
  override readonly status = 404;

  constructor(name: string) {
    super(`There is no webhook ${name}.`);
  }
}

export class WebhookExistsError extends WebhookError {
  override readonly code = 'WEBHOOK_EXISTS';
  override readonly status = 409;

  constructor(name: string) {
    super(`There is a webhook ${name} already.`);
  }
}

export class WebhookInvalidError extends WebhookError {
  override readonly code = 'WEBHOOK_INVALID';
  override readonly status = 400;
}

/** The receiver was asked whether it wants to be called, and did not say yes. */
export class WebhookRefusedError extends WebhookError {
  override readonly code = 'WEBHOOK_REFUSED';
  override readonly status = 409;
}

export class DeliveryUnknownError extends WebhookError {
  override readonly code = 'DELIVERY_UNKNOWN';
  override readonly status = 404;

  constructor(id: number) {
    super(`There is no delivery ${id} of this webhook, or none any more.`);
  }
}

/** Secrets cannot be kept as things are: the message says what to set. */
export class WebhookSecretsError extends WebhookError {
  override readonly code = 'SECRETS_KEY_MISSING';
  override readonly status = 409;
}
