import { PostgresQueryCompiler, type BinaryOperationNode } from 'kysely';
import type { ListValue } from '../compiled-query.ts';
import { listAsked, ListedRows, NumbersPlaceholder } from '../list-parameters.ts';

/** Writes SQL for PostgreSQL, to which a list goes as an array. */
export class PostgresListCompiler extends PostgresQueryCompiler {
  protected override visitBinaryOperation(node: BinaryOperationNode): void {
    const list = listAsked(node);
    if (list === undefined) {
      super.visitBinaryOperation(node);
      return;
    }
    this.visitNode(node.leftOperand);
    const type = list instanceof NumbersPlaceholder ? 'bigint[]' : 'text[]';
    // The planner is not to see what the array holds: where it knows little of a table, it rather reads all of a
    // repository than to look for a hundred items by an index that has the repository first.
    this.append(' = any((select ');
    this.visitNode(node.rightOperand);
    this.append(`::${type})::${type})`);
  }

  protected override appendValue(value: unknown): void {
    if (!(value instanceof ListedRows)) {
      super.appendValue(value);
      return;
    }
    this.append('(select unnest(');
    super.appendValue(value.list);
    this.append('::text[]) as value)');
  }
}

/** @see https://www.postgresql.org/docs/current/arrays.html#ARRAYS-IO */
export function postgresList(list: ListValue): string {
  const items = list.map((item) =>
    typeof item === 'number' ? String(item) : `"${item.replaceAll(/["\\]/g, String.raw`\$&`)}"`,
  );
  return `{${items.join(',')}}`;
}
