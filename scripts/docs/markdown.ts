/** A table. Its cells are Markdown, of one line each. */
export function table(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(escapeCell).join(' | ')} |`;
  return [line(headings), line(headings.map(() => '---')), ...rows.map(line)].join('\n');
}

function escapeCell(cell: string): string {
  return cell.replaceAll('|', String.raw`\|`).replaceAll('\n', ' ');
}

export function code(text: string): string {
  return `\`${text}\``;
}

/** Blocks of a page, one empty line between them. */
export function page(...blocks: readonly string[]): string {
  return `${blocks.map((block) => block.trim()).join('\n\n')}\n`;
}

/** Said at the top, so that nobody edits the page. */
export function writtenFrom(source: string): string {
  return `<!-- Written by scripts/docs.ts from ${source}. Change that, and run \`npm run docs\`. -->`;
}
