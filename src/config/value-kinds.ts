import { resolve } from 'node:path';
import { nearest } from './nearest.ts';
import { Secret } from './secret.ts';
import type { Kind } from './setting.ts';

export const flag: Kind<boolean> = {
  expects: 'true or false',
  yaml: 'boolean',
  read(text) {
    if (/^(?:true|yes|on|1)$/i.test(text)) return true;
    return /^(?:false|no|off|0)$/i.test(text) ? false : undefined;
  },
};

export function choice<const Option extends string>(options: readonly Option[]): Kind<Option> {
  return {
    expects: `one of ${options.join(', ')}`,
    yaml: 'number', // `minVersion: 1.2` is a number to YAML.
    read: (text) => options.find((option) => option === text),
    hint: (text) => `The nearest is ${nearest(text, options)}.`,
  };
}

export function text(expects: string, accepts: RegExp): Kind<string> {
  return { expects, yaml: 'text', read: (written) => (accepts.test(written) ? written : undefined) };
}

export const secret: Kind<Secret> = {
  expects: 'text',
  yaml: 'text',
  isSecret: true,
  read: (written) => new Secret(written),
};

/** A program and its arguments, which no shell reads. */
export const command: Kind<readonly string[]> = {
  expects: 'a program and its arguments, separated by spaces',
  yaml: 'text',
  read(written) {
    const words = written.split(/\s+/).filter((word) => word !== '');
    return words.length === 0 || written.includes('\0') ? undefined : words;
  },
};

/** Random bytes, in base64 as it is usually written. */
export function base64Key(bytes: number): Kind<Secret> {
  return {
    expects: `${bytes} random bytes in base64`,
    yaml: 'text',
    isSecret: true,
    read: (written) =>
      /^[A-Za-z0-9+/]+={0,2}$/.test(written) && Buffer.from(written, 'base64').byteLength === bytes
        ? new Secret(written)
        : undefined,
    hint: () => `This makes one: openssl rand -base64 ${bytes}`,
  };
}

/** Of a file or folder; absolute once read. */
export const path: Kind<string> = {
  expects: 'a path',
  yaml: 'text',
  read: (written, cwd) => (isHomePath(written) || written.includes('\0') ? undefined : resolve(cwd, written)),
  hint: (written) => (isHomePath(written) ? 'Only a shell knows what ~ stands for: write the whole path.' : undefined),
};

function isHomePath(written: string): boolean {
  return written === '~' || written.startsWith('~/');
}

interface Bounds {
  readonly min: number;
  readonly max?: number;
}

/** Whole numbers of something: seconds, manifests, sessions. */
export function count(things: string, bounds: Bounds): Kind<number> {
  return {
    expects: `a whole number of ${things}, ${inWords(bounds, String)}`,
    yaml: 'number',
    read: (written) => (/^\d+$/.test(written) ? within(Number(written), bounds) : undefined),
    hint: (written) => (things === 'seconds' ? secondsHint(written) : undefined),
  };
}

const SECONDS_IN: ReadonlyMap<string, number> = new Map([
  ['s', 1],
  ['m', 60],
  ['h', 3600],
  ['d', 86_400],
]);

function secondsHint(written: string): string | undefined {
  const [, amount, unit = ''] = /^(\d+)([smhd])$/.exec(written) ?? [];
  const seconds = SECONDS_IN.get(unit);
  return seconds === undefined ? undefined : `${written} is ${Number(amount) * seconds}.`;
}

const BYTES_IN: ReadonlyMap<string, number> = new Map([
  ['B', 1],
  ['KB', 1e3],
  ['MB', 1e6],
  ['GB', 1e9],
  ['TB', 1e12],
  ['KIB', 1024],
  ['MIB', 1024 ** 2],
  ['GIB', 1024 ** 3],
  ['TIB', 1024 ** 4],
]);

/** In bytes. `10GB` is decimal and `10GiB` binary, as on a disk's label and in a memory's. */
export function size(bounds: Bounds): Kind<number> {
  return {
    expects: `a size such as 512MiB, 10GB or 4096 (bytes), ${inWords(bounds, sizeInWords)}`,
    yaml: 'number',
    read(written) {
      const [, amount, unit = 'B'] = /^(\d+(?:\.\d+)?)\s*([KMGT]?i?B)?$/i.exec(written) ?? [];
      const factor = BYTES_IN.get(unit.toUpperCase());
      return amount === undefined || factor === undefined ? undefined : within(Number(amount) * factor, bounds);
    },
  };
}

function sizeInWords(bytes: number): string {
  const unit = ['TiB', 'GiB', 'MiB', 'KiB'].find(
    (name) => bytes > 0 && bytes % (BYTES_IN.get(name.toUpperCase()) ?? 1) === 0,
  );
  return unit === undefined ? String(bytes) : `${bytes / (BYTES_IN.get(unit.toUpperCase()) ?? 1)}${unit}`;
}

function within(value: number, { min, max = Number.MAX_SAFE_INTEGER }: Bounds): number | undefined {
  return Number.isSafeInteger(value) && value >= min && value <= max ? value : undefined;
}

function inWords({ min, max }: Bounds, write: (value: number) => string): string {
  return max === undefined ? `${write(min)} or more` : `from ${write(min)} to ${write(max)}`;
}

/** In the environment separated by commas, in YAML also a list. */
export function list<T>(item: Kind<T>, items: string): Kind<readonly T[]> {
  return {
    expects: `${items}, separated by commas`,
    yaml: 'list',
    read(written, cwd) {
      const values: T[] = [];
      for (const part of parts(written)) {
        const value = item.read(part, cwd);
        if (value === undefined) return undefined;
        values.push(value);
      }
      return values;
    },
    hint(written) {
      const wrong = parts(written).find((part) => item.read(part, '/') === undefined);
      return wrong === undefined
        ? undefined
        : [`"${wrong}" is not ${item.expects}.`, item.hint?.(wrong)].filter(Boolean).join(' ');
    },
  };
}

function parts(written: string): string[] {
  return written.split(/[,\s]+/).filter((part) => part !== '');
}
