import type { CliInput, CliOutput } from './cli-host.ts';
import { InterruptedError, UsageError } from './cli-error.ts';

/** Far more than any password; a stream without line breaks must not fill the memory. */
const MAX_LINE_CHARACTERS = 65_536;

const CTRL_C = '\u0003';
const CTRL_D = '\u0004';
const CTRL_U = '\u0015';
const ESCAPE = '\u001B';

/** Reads lines from standard input, and passwords from a terminal without showing them. */
export class TerminalReader {
  readonly #input: CliInput;
  readonly #output: CliOutput;
  readonly #decoder = new TextDecoder();
  #chunks: AsyncIterator<string | Uint8Array> | undefined;
  #buffer = '';
  #isEnded = false;

  constructor(input: CliInput, output: CliOutput) {
    this.#input = input;
    this.#output = output;
  }

  get isTerminal(): boolean {
    return this.#input.isTTY === true;
  }

  /** The next line, without its end; `undefined` when there is none. */
  async readLine(): Promise<string | undefined> {
    while (!this.#buffer.includes('\n') && (await this.#readMore()));
    if (this.#buffer === '') return undefined;
    const end = this.#buffer.indexOf('\n');
    const line = end === -1 ? this.#buffer : this.#buffer.slice(0, end);
    this.#buffer = end === -1 ? '' : this.#buffer.slice(end + 1);
    return line.replace(/\r$/, '');
  }

  /**
   * Asks a person at the terminal; what they type is not shown.
   *
   * @throws {InterruptedError} Ctrl-C, or Ctrl-D.
   */
  async askHidden(question: string): Promise<string> {
    this.#output.write(question);
    this.#input.setRawMode?.(true);
    try {
      return await this.#readHidden();
    } finally {
      this.#input.setRawMode?.(false);
      this.#output.write('\n');
    }
  }

  /** To be called at the end: an open stdin keeps the program alive. */
  async close(): Promise<void> {
    await this.#chunks?.return?.();
  }

  /** The terminal is raw: what keys mean is ours to say. */
  async #readHidden(): Promise<string> {
    let typed = '';
    for (;;) {
      const key = await this.#readKey();
      if (key === '\r' || key === '\n') return typed;
      if (key === undefined || key === CTRL_C || key === CTRL_D) throw new InterruptedError();
      if (key === CTRL_U) typed = '';
      else if (key === '\u007F' || key === '\b') typed = Array.from(typed).slice(0, -1).join('');
      // Arrows and such are several characters, and a password has none of them.
      else if (!/^\p{Cc}/u.test(key)) typed += key;
    }
  }

  async #readKey(): Promise<string | undefined> {
    while (this.#buffer === '' && (await this.#readMore()));
    const form = this.#buffer.startsWith(ESCAPE) ? /^.(?:\[[0-9;]*[A-Za-z~])?/s : /^./su;
    const [key] = form.exec(this.#buffer) ?? [];
    this.#buffer = this.#buffer.slice(key?.length ?? 0);
    return key;
  }

  async #readMore(): Promise<boolean> {
    if (this.#isEnded) return false;
    this.#chunks ??= this.#input[Symbol.asyncIterator]();
    const { done, value } = await this.#chunks.next();
    if (done === true) {
      this.#isEnded = true;
      return false;
    }
    this.#buffer += typeof value === 'string' ? value : this.#decoder.decode(value, { stream: true });
    if (this.#buffer.length > MAX_LINE_CHARACTERS) throw new UsageError('Standard input has a line that is too long.');
    return true;
  }
}
