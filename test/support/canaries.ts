import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** A secret as nothing else is written, and all the ways in which it could show. */
export class Canary {
  /** What it is: a password, the key of a certificate. */
  readonly name: string;
  readonly text: string;
  readonly #forms: readonly string[];

  constructor(name: string, text = `canary${crypto.randomUUID().replaceAll('-', '')}`) {
    this.name = name;
    this.text = text;
    const bytes = Buffer.from(text);
    this.#forms = [text, bytes.toString('hex'), ...[0, 1, 2].map((shift) => insideBase64(bytes, shift))];
  }

  /** @param text bytes of a file are read as `latin1`. */
  isIn(text: string): boolean {
    return this.#forms.some((form) => text.includes(form));
  }
}

/** What a text becomes in the base64 of more, behind so many bytes: without the groups that it shares with others. */
function insideBase64(bytes: Buffer, shift: number): string {
  const whole = Buffer.concat([Buffer.alloc(shift), bytes]);
  const first = shift === 0 ? 0 : 4;
  return whole.toString('base64').slice(first, Math.floor(whole.length / 3) * 4);
}

/** What somebody was told, and where: to be looked through for secrets. */
export class Told {
  readonly #canaries: readonly Canary[];
  readonly #found = new Set<string>();
  #count = 0;

  constructor(canaries: readonly Canary[]) {
    this.#canaries = canaries;
  }

  /** `which secret: where`, for each that showed. */
  get leaks(): readonly string[] {
    return [...this.#found];
  }

  /** How much was looked through. */
  get count(): number {
    return this.#count;
  }

  add(where: string, text: string): void {
    this.#count += 1;
    for (const canary of this.#canaries) if (canary.isIn(text)) this.#found.add(`${canary.name}: ${where}`);
  }

  /** All files below a folder. @param except their names, where a secret is meant to be. */
  addFolder(folder: string, except: readonly string[] = []): void {
    for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
      const path = join(folder, name);
      if (except.includes(name) || !statSync(path).isFile()) continue;
      this.add(name, readFileSync(path, 'latin1'));
    }
  }
}

/** Looks at the command lines of all processes again and again, until it is disposed of. */
export function watchCommandLines(onLine: (line: string) => void): Disposable {
  const seen = new Set<string>();
  const look = (): void => {
    for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
      const line = commandLineOf(pid);
      if (line === '' || seen.has(line)) continue;
      seen.add(line);
      onLine(line);
    }
  };
  const timer = setInterval(look, 20);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

/** Empty: it ended. */
function commandLineOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return '';
  }
}
