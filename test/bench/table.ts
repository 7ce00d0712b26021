import type { Row, RowResult } from './row.ts';
import { format } from './verdict.ts';

/** A row as text: its servers' medians by quantity, then the figures to reach. */
export function renderRow(row: Row, result: RowResult): string {
  const servers = unique(result.figures.map((figure) => figure.server));
  const quantities = unique(result.figures.map((figure) => figure.quantity));
  const lines = quantities.map((quantity) => {
    const figures = result.figures.filter((figure) => figure.quantity === quantity);
    const cells = servers.map((server) =>
      format(figures.find((figure) => figure.server === server)?.median ?? Number.NaN),
    );
    return [`${quantity} (${figures[0]?.unit ?? ''})`, ...cells];
  });
  const verdicts = result.verdicts.map(
    ({ target, value, reached }) => `  ${reached === undefined ? '?' : reached ? '✓' : '✗'} ${target}: ${value}`,
  );
  return [`\n${row.title}`, ...columns([['', ...servers], ...lines]), ...verdicts].join('\n');
}

/** Pads the cells so that they stand below each other: the first column to the left, the others to the right. */
function columns(rows: readonly (readonly string[])[]): string[] {
  const count = Math.max(...rows.map((row) => row.length));
  const widths = Array.from({ length: count }, (_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? '').length)),
  );
  return rows.map((row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  ')
      .replace(/^/, '  ')
      .trimEnd(),
  );
}

function unique(values: readonly string[]): string[] {
  return [...new Set(values)];
}
