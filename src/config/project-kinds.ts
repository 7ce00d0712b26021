import type { Kind } from './setting.ts';
import { flag, list, text } from './value-kinds.ts';

export const project: Kind<string> = text('a project such as pn-123456', /^[a-z0-9]+(?:[._-]+[a-z0-9]+)*$/);

const some = list(project, 'projects');

/** Which projects may do something: some, or with `true` all of them. */
export const projects: Kind<'all' | readonly string[]> = {
  expects: 'true, false, or projects such as pn-123456, separated by commas',
  yaml: 'list',
  read(written, cwd) {
    const isAll = flag.read(written, cwd);
    if (isAll === undefined) return some.read(written, cwd);
    return isAll ? 'all' : [];
  },
};
