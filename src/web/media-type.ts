const TYPE_BY_ENDING: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  json: 'application/json',
  svg: 'image/svg+xml',
  png: 'image/png',
  woff2: 'font/woff2',
  woff: 'font/woff',
  txt: 'text/plain; charset=utf-8',
};

/** Of a file, by its name. */
export function typeOf(name: string): string {
  return TYPE_BY_ENDING[name.slice(name.lastIndexOf('.') + 1)] ?? 'application/octet-stream';
}
