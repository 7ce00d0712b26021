import { errorFields, type Logger } from './log.ts';

/** What became of one request. */
export interface AccessLine {
  readonly requestId: string;
  readonly method: string;
  /** The endpoint's id, such as `end-3`: few values, however many paths there are. */
  readonly endpoint: string;
  readonly repository?: string | undefined;
  readonly status: number;
  /** Bytes of the request's body that were taken. */
  readonly bytesIn: number;
  /** Bytes of the reply's body. */
  readonly bytesOut: number;
  readonly milliseconds: number;
  /** IP address of the client. */
  readonly source: string;
  /** Absent or empty: nobody. */
  readonly principal?: string | undefined;
  readonly userAgent?: string | null | undefined;
  /** Why the reply is a 5xx. */
  readonly failure?: unknown;
}

export type AccessLog = (line: AccessLine) => void;

/** Everything that JSON writes as it stands, which is nearly everything that is ever logged. */
const NEEDS_NO_ESCAPE = /^[ !#-[\]-~]*$/;

/**
 * One line per request: `error` when the reply is a 5xx, else `info`. Made by hand: through the general log it costs
 * four times as much, which is a tenth of what a manifest costs to serve.
 */
export function createAccessLog(log: Logger): AccessLog {
  const time = cachedTime();
  const userAgent = rememberedQuote();
  const principal = rememberedQuote();
  const method = rememberedQuote();
  const repository = rememberedQuote();
  return (line) => {
    const level = line.status >= 500 ? 'error' : 'info';
    if (!log.isEnabled(level)) return;
    const who =
      line.principal === undefined || line.principal === '' ? '' : `,"principal":${principal(line.principal)}`;
    const agent = typeof line.userAgent === 'string' ? `,"userAgent":${userAgent(line.userAgent)}` : '';
    const where = line.repository === undefined ? '' : `,"repository":${repository(line.repository)}`;
    const failure = line.failure === undefined ? '' : `,"err":${JSON.stringify(errorFields(line.failure))}`;
    log.writeLine(
      `{"level":"${level}","time":"${time()}","requestId":${quote(line.requestId)},"method":${method(line.method)},"endpoint":"${line.endpoint}"${where},"status":${line.status},"bytesIn":${line.bytesIn},"bytesOut":${line.bytesOut},"ms":${hundredths(line.milliseconds)},"source":"${line.source}"${who}${agent}${failure},"msg":"request"}\n`,
    );
  };
}

function quote(text: string): string {
  return NEEDS_NO_ESCAPE.test(text) ? `"${text}"` : JSON.stringify(text);
}

/** Whoever asks, asks again: the quoted text is kept. Bounded, because clients choose it. */
function rememberedQuote(): (text: string) => string {
  const quotedByText = new Map<string, string>();
  return (text) => {
    const known = quotedByText.get(text);
    if (known !== undefined) return known;
    if (quotedByText.size >= 1_000) quotedByText.clear();
    const quoted = quote(text);
    quotedByText.set(text, quoted);
    return quoted;
  };
}

/** With two decimals, by integers: printing a fraction costs as much as the rest of the line. */
function hundredths(value: number): string {
  const rounded = Math.round(value * 100);
  const rest = rounded % 100;
  return `${(rounded - rest) / 100}.${rest < 10 ? '0' : ''}${rest}`;
}

/** Requests come many to a millisecond: the text of the time is made once for all of them. */
function cachedTime(): () => string {
  let at = 0;
  let text = '';
  return () => {
    const now = Date.now();
    if (now !== at) {
      at = now;
      text = new Date(now).toISOString();
    }
    return text;
  };
}
