import { describe, expect, it } from 'bun:test';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LineWriter } from './line-writer.ts';

describe('lines on their way out', () => {
  it('arrive whole and in order', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'havre-'));
    const fd = openSync(join(folder, 'log'), 'w');
    const writer = new LineWriter(fd);
    const expected = Array.from({ length: 20_000 }, (_, index) => `line ${index} é`);
    for (const [index, text] of expected.entries()) {
      writer.write(`${text}\n`);
      if (index % 5_000 === 0) await writer.flush();
    }
    await writer.close();
    closeSync(fd);
    expect(readFileSync(join(folder, 'log'), 'utf8').trimEnd().split('\n')).toEqual(expected);
    rmSync(folder, { recursive: true });
  });

  it('come out by themselves', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'havre-'));
    const fd = openSync(join(folder, 'log'), 'w');
    const writer = new LineWriter(fd);
    writer.write('alone\n');
    for (let tries = 0; tries < 100 && readFileSync(join(folder, 'log'), 'utf8') === ''; tries += 1)
      await Bun.sleep(20);
    expect(readFileSync(join(folder, 'log'), 'utf8')).toBe('alone\n');
    await writer.close();
    closeSync(fd);
    rmSync(folder, { recursive: true });
  });

  it('come out when the process exits at once', async () => {
    const program = `
      import { LineWriter } from ${JSON.stringify(join(import.meta.dir, 'line-writer.ts'))};
      const writer = new LineWriter(1);
      for (let i = 0; i < 3000; i++) writer.write('x'.repeat(99) + '\\n');
      process.exit(3);`;
    const child = Bun.spawn([process.execPath, '-e', program], { stdout: 'pipe' });
    const text = await new Response(child.stdout).text();
    expect(await child.exited).toBe(3);
    expect(text.split('\n')).toHaveLength(3001);
  });

  it('are dropped and counted when nobody takes them, and requests do not wait', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'havre-'));
    const program = join(folder, 'program.ts');
    writeFileSync(
      program,
      `import { LineWriter } from ${JSON.stringify(join(import.meta.dir, 'line-writer.ts'))};
      const writer = new LineWriter(1);
      for (let i = 0; i < 200; i++) { writer.write('x'.repeat(99_999) + '\\n'); await Bun.sleep(0); }
      process.stderr.write('not blocked');
      await writer.close();`,
    );
    // The reader takes nothing before its own standard input ends.
    const script = '"$0" "$1" | { cat <&3 >/dev/null; cat; }';
    const child = Bun.spawn(['sh', '-c', `exec 3<&0; ${script}`, process.execPath, program], {
      stdin: 'pipe',
      stdout: 'pipe',
      stderr: 'pipe',
    });
    const { value: said } = await child.stderr.getReader().read();
    expect(new TextDecoder().decode(said)).toBe('not blocked');
    await child.stdin.end();
    const lines = (await new Response(child.stdout).text()).split('\n');
    const dropped = lines.flatMap((line) => /"droppedLines":(\d+)/.exec(line)?.[1] ?? []);
    const droppedCount = dropped.reduce((sum, count) => sum + Number(count), 0);
    expect(lines.filter((line) => line.startsWith('x')).length + droppedCount).toBe(200);
    expect(droppedCount).toBeGreaterThan(0);
    rmSync(folder, { recursive: true });
  });

  it('go nowhere when the reader is gone, and the program lives on', async () => {
    const program = `
      import { LineWriter } from ${JSON.stringify(join(import.meta.dir, 'line-writer.ts'))};
      const writer = new LineWriter(1);
      for (let i = 0; i < 50; i++) { writer.write('x'.repeat(99_999) + '\\n'); await Bun.sleep(1); }
      await writer.close();
      process.stderr.write('alive');`;
    const child = Bun.spawn(['sh', '-c', `${process.execPath} -e '${program.replaceAll("'", `'"'"'`)}' | true`], {
      stderr: 'pipe',
    });
    expect(await new Response(child.stderr).text()).toBe('alive');
  });
});
