import pino from 'pino';
import { LineWriter } from './line-writer.ts';
import { prettyLine } from './pretty-line.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** What is said besides the message. An error goes under `err`. */
export type LogFields = Readonly<Record<string, unknown>>;

/** Structured lines for whoever runs the registry. Facts go into fields, so that they can be searched; the message is constant. */
export interface Logger {
  debug(fields: LogFields, message: string): void;
  info(fields: LogFields, message: string): void;
  warn(fields: LogFields, message: string): void;
  error(fields: LogFields, message: string): void;

  /** Whether lines of this level are written, for callers whose line is costly to make. */
  isEnabled(level: LogLevel): boolean;
  setLevel(level: LogLevel): void;
  /** A line already in the form of this log: one JSON object and its line feed. For lines written at every request. */
  writeLine(json: string): void;
  /** Resolves when everything is written. Call it last. */
  close(): Promise<void>;
}

export interface LogOptions {
  /** The least serious level that is written. */
  readonly level: LogLevel;
  /** Lines for people instead of JSON. */
  readonly pretty: boolean;
  /** Colours in pretty lines. Default: whether the output is a terminal. */
  readonly colours?: boolean;
  /** Where lines go, whole. Default: the standard output, buffered. */
  readonly sink?: LineSink;
}

export interface LineSink {
  write(line: string): void;
  close(): Promise<void>;
}

const SECRET = '[secret]';
/** Nobody means to log these. Values that know they are secret print themselves as such; this is for the others. */
const SECRET_KEYS = ['password', 'authorization', 'token', 'secret', 'cookie'];

/** A log on the standard output. */
export function createLogger(options: LogOptions): Logger {
  const sink = options.sink ?? new LineWriter(process.stdout.fd);
  const colours = options.colours ?? process.stdout.isTTY;
  const write = options.pretty
    ? (line: string) => sink.write(prettyLine(line, colours))
    : (line: string) => sink.write(line);
  const log = pino(
    {
      level: options.level,
      base: null,
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: SECRET_KEYS.flatMap((key) => [key, `*.${key}`]), censor: SECRET },
    },
    { write },
  );
  return {
    debug: (fields, message) => log.debug(fields, message),
    info: (fields, message) => log.info(fields, message),
    warn: (fields, message) => log.warn(fields, message),
    error: (fields, message) => log.error(fields, message),
    isEnabled: (level) => log.isLevelEnabled(level),
    setLevel: (level) => {
      log.level = level;
    },
    writeLine: write,
    close: () => sink.close(),
  };
}

/** An error as this log writes it under `err`, for lines that are made by hand. */
export function errorFields(error: unknown): unknown {
  return error instanceof Error ? pino.stdSerializers.err(error) : String(error);
}
