import { readFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { readEcr } from '../src/retention/ecr/read-ecr.ts';
import { PolicyInvalidError } from '../src/retention/problem.ts';
import { readVectors, resultOf, unknownFields, type LifecycleVector } from '../test/support/lifecycle-vectors.ts';

/**
 * `npm run vectors -- FILE.jsonl …`: runs vectors of lifecycle policies, of the form of src/retention/ecr/vectors.jsonl,
 * and says which give something else than they expect. Ends with 1 when there is one.
 */
const files = process.argv.slice(2);
if (files.length === 0) {
  console.error('usage: npm run vectors -- FILE.jsonl …');
  process.exit(2);
}
const vectors = files.flatMap((file) => readVectors(readFileSync(file, 'utf8')));
const failed = vectors.filter((vector) => !check(vector));
console.log(`${vectors.length - failed.length} of ${vectors.length} vectors give what they expect`);
process.exitCode = failed.length === 0 ? 0 : 1;

function check(vector: LifecycleVector): boolean {
  const name = `${vector.id}${vector.note === undefined ? '' : `: ${vector.note}`}`;
  const unknown = unknownFields(vector);
  if (unknown.length > 0) console.log(`note     ${vector.id}: not read: ${unknown.join(', ')}`);
  const result = attempt(vector);
  if (isDeepStrictEqual(result, vector.expected)) {
    noteOddRules(vector);
    return true;
  }
  console.log(`differs  ${name}\n  expected ${JSON.stringify(vector.expected)}\n  decided  ${JSON.stringify(result)}`);
  return false;
}

function attempt(vector: LifecycleVector): unknown {
  try {
    return resultOf(vector);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Rules that ECR would refuse are evaluated all the same: a vector may want to be short. */
function noteOddRules({ id, rules }: LifecycleVector): void {
  try {
    readEcr(JSON.stringify({ rules }));
  } catch (error) {
    if (!(error instanceof PolicyInvalidError)) throw error;
    console.log(`note     ${id}: ECR refuses these rules: ${error.message.replaceAll('\n', '; ')}`);
  }
}
