import { describe, it } from 'bun:test';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';

/** Where `.ci/tools` and `go install` put the clients that no package manager brings. */
const FOLDERS = [join(process.env['CI_TOOLS'] ?? join(homedir(), '.cache/havre-ci'), 'bin'), join(homedir(), 'go/bin')];

/** Where the plugins of docker are, which are programs of their own. */
const PLUGINS = ['/usr/libexec/docker/cli-plugins', '/usr/lib/docker/cli-plugins', '/usr/local/lib/docker/cli-plugins'];

/** The search path that clients run with. */
export const TOOL_PATH = [...FOLDERS, process.env['PATH'] ?? '', '/usr/sbin', '/sbin', ...PLUGINS].join(delimiter);

/** Stands among the programs a journey needs for the right to mount and to start containers. */
export const ROOT = 'the user root';

/**
 * A group of tests that needs programs. Where one is missing, continuous integration (`CI=true`) fails: a client that
 * nobody tries is a client that breaks. On a laptop the group is skipped, and the reason is printed.
 */
export function journey(title: string, tools: readonly string[], tests: () => void): void {
  const missing = tools.filter((tool) => (tool === ROOT ? process.getuid?.() !== 0 : findTool(tool) === undefined));
  if (missing.length === 0) {
    describe(title, tests);
    return;
  }
  const reason = `needs ${missing.join(', ')} (.ci/tools brings the programs)`;
  if (process.env['CI'] === 'true') {
    describe(title, () => {
      it('has its programs', () => {
        throw new Error(reason);
      });
    });
    return;
  }
  console.warn(`skipped: ${title}: ${reason}`);
  describe.skip(title, tests);
}

/** The path of a program; `undefined` when there is none of that name. */
export function findTool(tool: string): string | undefined {
  return Bun.which(tool, { PATH: TOOL_PATH }) ?? undefined;
}
