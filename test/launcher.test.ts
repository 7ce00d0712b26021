import { cp, mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'bun:test';

const BIN = join(import.meta.dir, '../bin');
const NODE = Bun.which('node') ?? 'node';

let folder: string;
beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'havre-launcher-')));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

function run(command: readonly string[]): Bun.Subprocess<'ignore', 'pipe', 'pipe'> {
  return Bun.spawn([...command], { cwd: folder, stdin: 'ignore', stdout: 'pipe', stderr: 'pipe' });
}

function bun(script: string): Bun.Subprocess<'ignore', 'pipe', 'pipe'> {
  return run([NODE, join(BIN, 'bun.js'), '-e', script]);
}

/** What the program says first, which is that it is up. */
async function firstWords(output: ReadableStream<Uint8Array>): Promise<string> {
  const reader = output.getReader();
  const { value } = await reader.read();
  reader.releaseLock();
  return new TextDecoder().decode(value);
}

describe('the launcher', () => {
  it('ends with the code the program ends with', async () => {
    expect(await bun('process.exit(42)').exited).toBe(42);
    expect(await bun('').exited).toBe(0);
  });

  it('ends as a shell would when a signal ends the program', async () => {
    const launcher = bun('process.kill(process.pid, "SIGKILL")');
    await launcher.exited;
    expect(launcher.exitCode ?? 137).toBe(137);
  });

  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGUSR2'] as const) {
    it(`passes ${signal} on, and waits for what the program makes of it`, async () => {
      const launcher = bun(
        `process.on('${signal}', () => process.exit(7)); setInterval(() => {}, 9e6); console.log('up')`,
      );
      await firstWords(launcher.stdout);
      launcher.kill(signal);
      expect(await launcher.exited).toBe(7);
    });
  }

  it('takes the program along when it is killed', async () => {
    const launcher = bun('setInterval(() => {}, 9e6); console.log("up")');
    const output = launcher.stdout.getReader();
    await output.read();
    launcher.kill('SIGKILL');
    // The pipe ends when nobody holds it any more, the program included.
    expect((await output.read()).done).toBe(true);
  });

  it('lets nothing in the working folder into the program', async () => {
    await writeFile(join(folder, '.env'), 'HAVRE_DATA=elsewhere\n');
    await writeFile(join(folder, 'bunfig.toml'), 'preload = ["./preload.js"]\n');
    await writeFile(join(folder, 'preload.js'), 'console.log("preloaded")');
    const launcher = bun('console.log(process.env.HAVRE_DATA)');
    expect(await new Response(launcher.stdout).text()).toBe('undefined\n');
  });
});

describe('bin/havre.js and bin/registry', () => {
  beforeEach(async () => {
    await cp(BIN, join(folder, 'bin'), { recursive: true });
    await writeFile(join(folder, 'package.json'), '{"type": "module"}');
    await mkdir(join(folder, 'src'));
    await writeFile(join(folder, 'src/main.ts'), 'console.log(...process.argv.slice(2)); process.exitCode = 3;');
  });

  it('run the program, from wherever they are called', async () => {
    await symlink(join(BIN, '../node_modules'), join(folder, 'node_modules'));
    await symlink(join(folder, 'bin/registry'), join(folder, 'link'));
    const commands = [[NODE, 'bin/havre.js'], ['bin/registry'], ['./link']];
    for (const command of commands) {
      const program = run([...command, 'garbage-collect', '/etc/docker/registry/config.yml']);
      expect(await new Response(program.stdout).text()).toBe('garbage-collect /etc/docker/registry/config.yml\n');
      expect(await program.exited).toBe(3);
    }
  });

  it('say what to do when Bun was not installed', async () => {
    const launcher = run([NODE, 'bin/havre.js']);
    expect(await new Response(launcher.stderr).text()).toMatch(
      /^havre: Bun for this machine \(@oven\/bun-\S+\) is not in node_modules\. Run `npm ci --include=optional` here/,
    );
    expect(await launcher.exited).toBe(1);
  });
});
