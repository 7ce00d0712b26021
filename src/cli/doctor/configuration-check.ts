import type { ReadConfiguration } from '../cli-host.ts';
import { fail, ok, warn, type Finding } from './check.ts';

/** What is written in the environment, `.env` and the configuration file. */
export function checkConfiguration({ problems, warnings }: ReadConfiguration): readonly Finding[] {
  if (problems.length === 0 && warnings.length === 0) return [ok('configuration', 'Everything that is set is known.')];
  return [
    ...problems.map((problem) => fail('configuration', problem, 'Correct it: the server does not start like this.')),
    ...warnings.map((warning) => warn('configuration', warning, 'Remove it or replace it: it has no effect here.')),
  ];
}
