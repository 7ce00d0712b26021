import { BinaryOperationNode, OperatorNode, sql, ValueNode, type RawBuilder } from 'kysely';
import { Placeholder } from './database.ts';

/*
 * Lists of unknown length in queries that are compiled once: each is bound as one value, of which every engine has its
 * own kind, and its compiler of queries writes SQL that takes it apart.
 */

/** Stands for a list of numbers. */
export class NumbersPlaceholder extends Placeholder {}

/** A list parameter of numbers; without it, a list is one of texts. */
export function numbers(list: readonly number[]): readonly number[] {
  if (!(list instanceof Placeholder)) throw new TypeError('numbers are those of a parameter');
  return new NumbersPlaceholder(list.name) as unknown as readonly number[]; // as `parameter` does
}

/** Stands, while a query is compiled, for the rows of a list. */
export class ListedRows {
  readonly list: Placeholder;

  constructor(list: Placeholder) {
    this.list = list;
  }
}

/** The texts of a list parameter as a table of one column, to insert from. */
export function rowsOf<Text extends string>(list: readonly Text[]): RawBuilder<{ value: Text }> {
  if (!(list instanceof Placeholder)) throw new TypeError('rows are of a parameter');
  return sql<{ value: Text }>`${new ListedRows(list)}`;
}

/** The list parameter, if it asks whether something is in one. */
export function listAsked({ operator, rightOperand }: BinaryOperationNode): Placeholder | undefined {
  if (!OperatorNode.is(operator) || operator.operator !== 'in' || !ValueNode.is(rightOperand)) return undefined;
  return rightOperand.value instanceof Placeholder ? rightOperand.value : undefined;
}
