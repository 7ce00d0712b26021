import { ManifestInvalidError } from './errors.ts';
import { parseJsonDocument } from './json-document.ts';
import { isJsonObject, type JsonObject } from './json-object.ts';

/** What an image says of how it runs and how it was made. What it does not say is `null` or empty. */
export interface ImageConfigView {
  /** RFC 3339, as the image has it. */
  readonly created: string | null;
  readonly author: string | null;
  readonly os: string | null;
  readonly architecture: string | null;
  readonly variant: string | null;
  readonly user: string | null;
  readonly workingDirectory: string | null;
  readonly stopSignal: string | null;
  readonly environment: readonly string[];
  readonly entrypoint: readonly string[];
  readonly command: readonly string[];
  readonly exposedPorts: readonly string[];
  readonly volumes: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly healthcheck: HealthcheckView | null;
  /** Oldest first. */
  readonly history: readonly HistoryStep[];
}

/** Docker's; times in nanoseconds, `null`: its default. */
export interface HealthcheckView {
  readonly test: readonly string[];
  readonly interval: number | null;
  readonly timeout: number | null;
  readonly startPeriod: number | null;
  readonly retries: number | null;
}

export interface HistoryStep {
  readonly created: string | null;
  readonly createdBy: string | null;
  readonly author: string | null;
  readonly comment: string | null;
  /** Whether it made no layer. */
  readonly isEmpty: boolean;
}

/** Far above what builders write: 127 layers are what overlayfs mounts. */
const MOST_STEPS = 2000;

/**
 * Reads a config, of whoever wrote it: fields of another kind than they should be are not there.
 *
 * @param bytes of bounded length.
 * @returns `undefined` of what is no JSON object, is nested too deep, or has too many values.
 * @see image-spec v1.1, config.md
 */
export function readImageConfigView(bytes: Uint8Array): ImageConfigView | undefined {
  const document = documentIn(bytes);
  if (document === undefined) return undefined;
  const config = objectIn(document['config']) ?? {};
  return {
    created: textIn(document['created']),
    author: textIn(document['author']),
    os: textIn(document['os']),
    architecture: textIn(document['architecture']),
    variant: textIn(document['variant']),
    user: textIn(config['User']),
    workingDirectory: textIn(config['WorkingDir']),
    stopSignal: textIn(config['StopSignal']),
    environment: wordsIn(config['Env']),
    entrypoint: wordsIn(config['Entrypoint']),
    command: wordsIn(config['Cmd']),
    exposedPorts: Object.keys(objectIn(config['ExposedPorts']) ?? {}),
    volumes: Object.keys(objectIn(config['Volumes']) ?? {}),
    labels: textsIn(config['Labels']),
    healthcheck: healthcheckIn(config['Healthcheck']),
    history: listIn(document['history']).slice(0, MOST_STEPS).map(stepOf),
  };
}

function documentIn(bytes: Uint8Array): JsonObject | undefined {
  try {
    return objectIn(parseJsonDocument(bytes));
  } catch (error) {
    if (error instanceof ManifestInvalidError) return undefined;
    throw error;
  }
}

function healthcheckIn(value: unknown): HealthcheckView | null {
  const check = objectIn(value);
  if (check === undefined) return null;
  return {
    test: wordsIn(check['Test']),
    interval: numberIn(check['Interval']),
    timeout: numberIn(check['Timeout']),
    startPeriod: numberIn(check['StartPeriod']),
    retries: numberIn(check['Retries']),
  };
}

function stepOf(step: JsonObject): HistoryStep {
  return {
    created: textIn(step['created']),
    createdBy: textIn(step['created_by']),
    author: textIn(step['author']),
    comment: textIn(step['comment']),
    isEmpty: step['empty_layer'] === true,
  };
}

function objectIn(value: unknown): JsonObject | undefined {
  return isJsonObject(value) ? value : undefined;
}

function listIn(value: unknown): readonly JsonObject[] {
  return Array.isArray(value) ? (value as readonly unknown[]).filter(isJsonObject) : [];
}

function textIn(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

function numberIn(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

function wordsIn(value: unknown): readonly string[] {
  return Array.isArray(value) ? (value as readonly unknown[]).filter((word) => typeof word === 'string') : [];
}

function textsIn(value: unknown): Readonly<Record<string, string>> {
  const texts = Object.entries(objectIn(value) ?? {});
  return Object.fromEntries(texts.filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
}
