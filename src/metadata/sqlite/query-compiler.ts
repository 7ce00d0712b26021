import { SqliteQueryCompiler, type BinaryOperationNode } from 'kysely';
import type { ListValue } from '../compiled-query.ts';
import { listAsked, ListedRows } from '../list-parameters.ts';

/** Writes SQL for SQLite, to which a list goes as a JSON text. */
export class SqliteListCompiler extends SqliteQueryCompiler {
  protected override visitBinaryOperation(node: BinaryOperationNode): void {
    if (listAsked(node) === undefined) {
      super.visitBinaryOperation(node);
      return;
    }
    this.visitNode(node.leftOperand);
    this.append(' in (select value from json_each(');
    this.visitNode(node.rightOperand);
    this.append('))');
  }

  protected override appendValue(value: unknown): void {
    if (!(value instanceof ListedRows)) {
      super.appendValue(value);
      return;
    }
    this.append('json_each(');
    super.appendValue(value.list);
    this.append(')');
  }
}

/** Half a character stands in no name of ours: it becomes what SQLite would make of it outside of a list. */
export function sqliteList(list: ListValue): string {
  const json = JSON.stringify(list);
  if (!json.includes(String.raw`\ud`)) return json;
  return JSON.stringify(list.map((item) => (typeof item === 'string' ? item.toWellFormed() : item)));
}
