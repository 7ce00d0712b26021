import type { CliOutput } from './cli-host.ts';

/** One line of a terminal, written again and again. Elsewhere, such as in a log, nothing at all. */
export class ProgressLine {
  readonly #output: CliOutput | undefined;
  #isShown = false;

  constructor(output: CliOutput | undefined) {
    this.#output = output?.isTTY === true ? output : undefined;
  }

  show(text: string): void {
    this.#output?.write(`${ERASE_LINE}${text}`);
    this.#isShown = true;
  }

  clear(): void {
    if (this.#isShown) this.#output?.write(ERASE_LINE);
    this.#isShown = false;
  }
}

const ERASE_LINE = '\r\u001B[K';
