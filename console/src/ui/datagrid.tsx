import { Skeleton } from '@ovhcloud/ods-react';
import { useVirtualizer } from '@tanstack/react-virtual';
import { ArrowDown, ArrowUp, ChevronsUpDown } from 'lucide-react';
import { memo, useEffect, useRef, type ReactNode } from 'react';
import css from './datagrid.module.css';
import { Failed } from './states.tsx';

export interface Column<Row> {
  readonly id: string;
  readonly title: ReactNode;
  readonly cell: (row: Row, isSelected: boolean) => ReactNode;
  /** The list can be asked for in this order. */
  readonly isSortable?: boolean;
  readonly align?: 'end';
}

export interface Sorting {
  readonly by: string;
  readonly direction: 'ascending' | 'descending';
}

/** An infinite query, as far as a grid needs it. */
export interface Pages {
  readonly hasNextPage: boolean;
  readonly isFetching: boolean;
  readonly isFetchNextPageError: boolean;
  readonly error: Error | null;
  readonly fetchNextPage: () => Promise<unknown>;
}

interface DatagridProps<Row> {
  /** What is listed, for whoever does not see it. */
  readonly label: string;
  /** The same array each time: a row is drawn again when it changes. */
  readonly columns: readonly Column<Row>[];
  /** Those that have come, in the order in which the server has them. */
  readonly rows: readonly Row[] | undefined;
  readonly idOf: (row: Row) => string;
  /** Of all there are, where that is known. */
  readonly total?: number | undefined;
  readonly sorting?: Sorting;
  readonly onSort?: (sorting: Sorting) => void;
  readonly selected?: ReadonlySet<string>;
  /** Of a list that comes in pages: the next is asked for when the end of what came is in sight. */
  readonly pages?: Pages;
  readonly empty: ReactNode;
}

/** Set in the style sheet, too: a row is as high as it is taken to be. */
const ROW_PIXELS = 44;
const OVERSCAN = 12;
const PLACEHOLDERS = 8;

/** A table of which only what is seen is drawn: it may have as many rows as the server can list. */
export function Datagrid<Row>(props: DatagridProps<Row>) {
  const { label, columns, rows: come, idOf, total, selected, pages, empty } = props;
  // Of what is rare a page may be empty, and the next one not.
  const rows = come?.length === 0 && pages?.hasNextPage === true ? undefined : come;
  const frame = useRef<HTMLDivElement>(null);
  const count = rows?.length ?? 0;
  const virtual = useVirtualizer({
    count,
    getScrollElement: () => frame.current,
    estimateSize: () => ROW_PIXELS,
    overscan: OVERSCAN,
  });
  const items = virtual.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;
  const isEndSeen = last >= count - OVERSCAN;
  useMorePages(pages, come !== undefined && isEndSeen);
  if (rows !== undefined && count === 0) return empty;
  const before = items[0]?.start ?? 0;
  const after = virtual.getTotalSize() - (items.at(-1)?.end ?? 0);
  return (
    <>
      {/* Scrolled by keyboard, too. */}
      <div ref={frame} className={css['frame']} tabIndex={0} role="region" aria-label={label}>
        <table
          className={css['table']}
          aria-label={label}
          aria-rowcount={(total ?? count) + 1}
          aria-busy={rows === undefined}
        >
          <thead>
            <tr>
              {columns.map((column) => (
                <Heading key={column.id} column={column} {...props} />
              ))}
            </tr>
          </thead>
          <tbody>
            {rows === undefined && <Placeholders columns={columns.length} />}
            <Space pixels={before} columns={columns.length} />
            {items.map(({ index }) => {
              const row = rows?.[index];
              if (row === undefined) return null;
              const id = idOf(row);
              return (
                <Line key={id} row={row} index={index} columns={columns} isSelected={selected?.has(id) === true} />
              );
            })}
            <Space pixels={after} columns={columns.length} />
          </tbody>
        </table>
      </div>
      {pages?.isFetchNextPageError === true && (
        <Failed error={pages.error} onRetry={() => void pages.fetchNextPage()} />
      )}
    </>
  );
}

/** What failed is not asked for again by itself. */
function useMorePages(pages: Pages | undefined, isWanted: boolean): void {
  const { hasNextPage = false, isFetching = false, isFetchNextPageError = false, fetchNextPage } = pages ?? {};
  const isDue = isWanted && hasNextPage && !isFetching && !isFetchNextPageError;
  useEffect(() => {
    if (isDue) void fetchNextPage?.();
  }, [isDue, fetchNextPage]);
}

function Heading<Row>({ column, sorting, onSort }: DatagridProps<Row> & { readonly column: Column<Row> }) {
  const { id, title, isSortable = false, align } = column;
  if (!isSortable || onSort === undefined) {
    return (
      <th scope="col" data-align={align}>
        {title}
      </th>
    );
  }
  const direction = sorting?.by === id ? sorting.direction : undefined;
  const Arrow = direction === undefined ? ChevronsUpDown : direction === 'ascending' ? ArrowUp : ArrowDown;
  const next: Sorting = { by: id, direction: direction === 'ascending' ? 'descending' : 'ascending' };
  return (
    <th scope="col" data-align={align} aria-sort={direction}>
      <button type="button" className={css['sort']} onClick={() => onSort(next)}>
        {title}
        <Arrow size={14} aria-hidden />
      </button>
    </th>
  );
}

interface LineProps<Row> {
  readonly row: Row;
  readonly index: number;
  readonly columns: readonly Column<Row>[];
  readonly isSelected: boolean;
}

/** Scrolling draws the grid again: of its lines only those that changed. */
const Line = memo(function Line<Row>({ row, index, columns, isSelected }: LineProps<Row>) {
  return (
    <tr aria-rowindex={index + 2} data-selected={isSelected || undefined}>
      {columns.map(({ id, cell, align }) => (
        <td key={id} data-align={align}>
          {cell(row, isSelected)}
        </td>
      ))}
    </tr>
  );
}) as <Row>(props: LineProps<Row>) => ReactNode;

function Placeholders({ columns }: { readonly columns: number }) {
  return Array.from({ length: PLACEHOLDERS }, (_, line) => (
    <tr key={line}>
      {Array.from({ length: columns }, (_unused, column) => (
        <td key={column}>
          <Skeleton />
        </td>
      ))}
    </tr>
  ));
}

function Space({ pixels, columns }: { readonly pixels: number; readonly columns: number }) {
  if (pixels <= 0) return null;
  return (
    <tr aria-hidden>
      <td className={css['space']} colSpan={columns} style={{ height: pixels }} />
    </tr>
  );
}
