import pino from 'pino';

export type Fields = Readonly<Record<string, unknown>>;

/** The operational log: fields first, then a sentence. */
export interface Logger {
  debug(fields: Fields, message: string): void;
  info(fields: Fields, message: string): void;
  warn(fields: Fields, message: string): void;
  error(fields: Fields, message: string): void;
}

export function createLogger({ level }: { readonly level: string; readonly pretty: boolean }): Logger {
  return pino({ level, base: null }, pino.destination({ dest: 1, sync: true }));
}
