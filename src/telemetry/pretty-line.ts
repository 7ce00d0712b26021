const RESET = '\u001B[0m';
const DIM = '\u001B[2m';
const LEVEL_COLOURS: Readonly<Record<string, string>> = {
  debug: '\u001B[90m',
  info: '\u001B[32m',
  warn: '\u001B[33m',
  error: '\u001B[31m',
};

/**
 * One JSON line of the log as a person reads it: the time of day, the level, the message, and what else was said.
 * A line that is not of the log comes back as it is.
 *
 * @param colours whether the reader is a terminal.
 */
export function prettyLine(json: string, colours: boolean): string {
  const fields = parseFields(json);
  if (fields === undefined) return json;

  const { time, level, msg, err, ...rest } = fields;
  const paint = (colour: string, text: string): string => (colours && text !== '' ? `${colour}${text}${RESET}` : text);
  const levelName = typeof level === 'string' ? level : 'info';
  const head = [
    paint(DIM, timeOfDay(time)),
    paint(LEVEL_COLOURS[levelName] ?? '', levelName.toUpperCase().padEnd(5)),
    plain(typeof msg === 'string' ? msg : ''),
    ...Object.entries(rest).map(([key, value]) => `${paint(DIM, `${key}=`)}${plainValue(shortened(key, value))}`),
  ];
  return `${head.filter((part) => part !== '').join(' ')}\n${errorLines(err)}`;
}

function parseFields(json: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

/** Docker's is longer than the rest of the line, and its first word says what it is. */
function shortened(key: string, value: unknown): unknown {
  return key === 'userAgent' && typeof value === 'string' ? value.split(' ', 1)[0] : value;
}

/** In the time zone of the person who looks on. */
function timeOfDay(time: unknown): string {
  return typeof time === 'string' ? new Date(time).toTimeString().slice(0, 8) : '';
}

function plainValue(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? 'undefined');
  return plain(text === '' || (/\s/.test(text) && typeof value === 'string') ? JSON.stringify(text) : text);
}

/** What clients send may hold codes that move the cursor or hide a line: a terminal must not obey them. */
function plain(text: string): string {
  return text.replace(/\p{Cc}/gu, (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`);
}

function errorLines(err: unknown): string {
  if (err === undefined) return '';
  const stack = typeof err === 'object' && err !== null && 'stack' in err ? err.stack : err;
  const text = typeof stack === 'string' ? stack : (JSON.stringify(stack) ?? '');
  return text
    .split('\n')
    .map((line) => `    ${plain(line)}\n`)
    .join('');
}
