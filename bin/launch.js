// Plain JavaScript, because it runs on whatever Node npm came with (18 or newer), before Bun is there.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { constants } from 'node:os';
import { join } from 'node:path';
import { isatty } from 'node:tty';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('.', import.meta.url));

/** In the order they are tried. The names are Bun's: `aarch64` is what Node calls `arm64`. */
const PACKAGES = {
  'linux-x64-glibc': ['@oven/bun-linux-x64', '@oven/bun-linux-x64-baseline'],
  'linux-arm64-glibc': ['@oven/bun-linux-aarch64'],
  'linux-x64-musl': ['@oven/bun-linux-x64-musl', '@oven/bun-linux-x64-musl-baseline'],
  'linux-arm64-musl': ['@oven/bun-linux-aarch64-musl'],
  'darwin-x64': ['@oven/bun-darwin-x64', '@oven/bun-darwin-x64-baseline'],
  'darwin-arm64': ['@oven/bun-darwin-aarch64'],
  'win32-x64': ['@oven/bun-windows-x64', '@oven/bun-windows-x64-baseline'],
  // Windows on Arm runs x64 programs.
  'win32-arm64': ['@oven/bun-windows-aarch64', '@oven/bun-windows-x64'],
};

/**
 * Runs Bun with `args` in the place of this process where Node can do that (22.15 and newer, not on Windows), else as
 * a child that gets our signals and whose exit code becomes ours.
 *
 * Bun is told to leave the working folder alone: no `.env` (src/config.ts reads it, and says where each value came
 * from), no `bunfig.toml`, and no package fetched from the network because an import is missing.
 *
 * @param {string[]} args
 */
export function launch(args) {
  const bun = findBun();
  const flags = ['--no-env-file', '--no-install', `--config=${join(here, 'bunfig.toml')}`];
  if (typeof process.execve === 'function' && process.platform !== 'win32') {
    process.execve(bun, [bun, ...flags, ...args], process.env);
  }
  // --no-orphans: were this process killed with SIGKILL, the server would hold the port and the data folder for ever.
  runAsChild(bun, ['--no-orphans', ...flags, ...args]);
}

function runAsChild(bun, args) {
  const child = spawn(bun, args, { stdio: 'inherit' });
  child.on('error', (error) => fail(`Bun did not start (${bun}): ${error.message}`));
  child.on('exit', (code, signal) => {
    if (signal === 'SIGILL') {
      fail(`this processor is too old for this build of Bun. Run \`npm install --no-save ${baselinePackage()}\`.`);
    }
    process.exit(signal === null ? code : 128 + constants.signals[signal]);
  });
  forwardSignals(child);
}

/** A terminal sends SIGINT and SIGQUIT to the child by itself: it must not get them twice, since the second one means "now". */
function forwardSignals(child) {
  const atTerminal = [0, 1, 2].some((descriptor) => isatty(descriptor));
  const sentByTerminal = ['SIGINT', 'SIGQUIT', 'SIGBREAK'];
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2', 'SIGBREAK']) {
    if (!(signal in constants.signals)) continue;
    const handler = atTerminal && sentByTerminal.includes(signal) ? () => {} : () => child.kill(signal);
    process.on(signal, handler);
  }
}

function findBun() {
  const packages = PACKAGES[platform()];
  if (packages === undefined) {
    fail(
      `there is no Bun for ${process.platform} on ${process.arch}: Havre runs on Linux, macOS and Windows (x64, arm64).`,
    );
  }
  const { resolve } = createRequire(import.meta.url);
  for (const name of packages) {
    try {
      const binary = join(
        resolve(`${name}/package.json`),
        '..',
        'bin',
        process.platform === 'win32' ? 'bun.exe' : 'bun',
      );
      if (existsSync(binary)) return binary;
    } catch {
      // Not installed: the next one may be.
    }
  }
  return fail(
    `Bun for this machine (${packages[0]}) is not in node_modules. Run \`npm ci --include=optional\` here: ` +
      'npm leaves it out when told to omit optional packages, and a node_modules copied from another kind of machine lacks it.',
  );
}

function platform() {
  const name = `${process.platform}-${process.arch}`;
  return process.platform === 'linux' ? `${name}-${usesGlibc() ? 'glibc' : 'musl'}` : name;
}

/** Asks Node what itself is linked to; files of the other C library may well be on the same machine. */
function usesGlibc() {
  // Else Node resolves the names of network addresses for the report, which may take seconds.
  process.report.excludeNetwork = true;
  return process.report.getReport().header.glibcVersionRuntime !== undefined;
}

function baselinePackage() {
  return PACKAGES[platform()].find((name) => name.endsWith('-baseline')) ?? PACKAGES[platform()][0];
}

function fail(sentence) {
  console.error(`havre: ${sentence}`);
  process.exit(1);
}
