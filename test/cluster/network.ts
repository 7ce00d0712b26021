import { readdirSync } from 'node:fs';
import { inNamespace } from '../support/daemon.ts';
import { isRunning, run, runOk } from '../support/process.ts';

const NAMESPACES = '/run/netns';
/** Of names: whoever finds one can tell whether its tests still run. */
const OURS = /^havre-(\d+)-/;

/** Whether this user may make networks: asked by trying. */
export async function mayMakeNetworks(): Promise<boolean> {
  if (process.getuid?.() !== 0 || Bun.which('ip') === null || Bun.which('iptables') === null) return false;
  const name = `havre-${process.pid}-try`;
  const { status } = await run(['ip', 'netns', 'add', name]);
  if (status !== 0) return false;
  const packets = await run(inNamespace(name, ['iptables', '-A', 'INPUT', '-s', '198.18.0.1', '-j', 'DROP']));
  await runOk(['ip', 'netns', 'del', name]);
  return packets.status === 0;
}

/** A machine of a {@link Network}: a network namespace with an address of its own. */
export interface Machine {
  readonly name: string;
  /** Where programs are started for it. */
  readonly namespace: string;
  readonly address: string;
  /** From now on nothing gets through between the two, and neither is told. */
  partitionFrom(other: Machine): Promise<void>;
  /** As if its cable were pulled: it reaches nobody, and nobody reaches it. */
  unplug(): Promise<void>;
  /** Ends every {@link partitionFrom} and {@link unplug}. */
  heal(): Promise<void>;
}

/**
 * Machines on one switch, which this process reaches too. Everything is in namespaces, the switch as well: no rule of
 * this machine's firewall applies to it, and what it does is gone with it.
 *
 * 198.18.0.0/15 is set aside for such things (RFC 2544): nobody has it in use.
 */
export class Network implements AsyncDisposable {
  static #count = 0;
  readonly #prefix = `havre-${process.pid}-${Network.#count}`;
  readonly #net = `198.${18 + ((process.pid >> 8) & 1)}.${(process.pid + Network.#count) & 255}`;
  readonly #cable = `hv${process.pid}x${Network.#count}`;
  readonly #namespaces: string[] = [];

  private constructor() {
    Network.#count += 1;
    process.on('exit', this.#removeNow);
  }

  /** Also takes away what tests that were killed have left. */
  static async open(): Promise<Network> {
    await removeLeftovers();
    const network = new Network();
    const hub = await network.#add('switch');
    await runOk(['ip', '-n', hub, 'link', 'add', 'switch', 'type', 'bridge']);
    await runOk(['ip', '-n', hub, 'link', 'set', 'switch', 'up']);
    await network.#plug({ cable: network.#cable, address: network.#address(1) });
    return network;
  }

  /** The address of the process that runs the tests. */
  get ownAddress(): string {
    return this.#address(1);
  }

  /** Adds a machine. @param name short: it becomes part of the names of its interfaces. */
  async add(name: string): Promise<Machine> {
    const namespace = await this.#add(name);
    const address = this.#address(9 + this.#namespaces.length);
    await this.#plug({ cable: name, address, namespace });
    const hub = this.#namespaces[0] ?? '';
    return {
      name,
      namespace,
      address,
      partitionFrom: async (other) => {
        await runOk(inNamespace(namespace, ['iptables', '-A', 'INPUT', '-s', other.address, '-j', 'DROP']));
        await runOk(inNamespace(namespace, ['iptables', '-A', 'OUTPUT', '-d', other.address, '-j', 'DROP']));
      },
      unplug: async () => void (await runOk(['ip', '-n', hub, 'link', 'set', `${name}-s`, 'down'])),
      heal: async () => {
        await runOk(inNamespace(namespace, ['iptables', '-F']));
        await runOk(['ip', '-n', hub, 'link', 'set', `${name}-s`, 'up']);
      },
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    process.off('exit', this.#removeNow);
    this.#removeNow();
  }

  #address(host: number): string {
    return `${this.#net}.${host}`;
  }

  async #add(name: string): Promise<string> {
    const namespace = `${this.#prefix}-${name}`;
    await runOk(['ip', 'netns', 'add', namespace]);
    this.#namespaces.push(namespace);
    await runOk(['ip', '-n', namespace, 'link', 'set', 'lo', 'up']);
    return namespace;
  }

  /** A cable from the switch to a namespace, or to this process's own. */
  async #plug({ cable, address, namespace }: { cable: string; address: string; namespace?: string }): Promise<void> {
    const hub = this.#namespaces[0] ?? '';
    const ip = namespace === undefined ? ['ip'] : ['ip', '-n', namespace];
    const socket = `${cable}-s`;
    await runOk(['ip', 'link', 'add', cable, ...inside(namespace), 'type', 'veth', 'peer', socket, 'netns', hub]);
    await runOk(['ip', '-n', hub, 'link', 'set', socket, 'master', 'switch', 'up']);
    await runOk([...ip, 'address', 'add', `${address}/24`, 'dev', cable]);
    await runOk([...ip, 'link', 'set', cable, 'up']);
  }

  /** Their interfaces go with the namespaces, and with each cable its other end. */
  readonly #removeNow = (): void => {
    for (const namespace of this.#namespaces.splice(0)) Bun.spawnSync(['ip', 'netns', 'del', namespace]);
  };
}

function inside(namespace: string | undefined): string[] {
  return namespace === undefined ? [] : ['netns', namespace];
}

/** What the tests of processes that are gone have left. */
async function removeLeftovers(): Promise<void> {
  let names: string[] = [];
  try {
    names = readdirSync(NAMESPACES);
  } catch {
    // Nobody has ever made one.
  }
  for (const name of names) {
    const pid = OURS.exec(name)?.[1];
    if (pid === undefined || isRunning(Number(pid))) continue;
    const within = await run(['ip', 'netns', 'pids', name]);
    for (const left of within.stdout.split(/\s+/).filter(Boolean)) await run(['kill', '-KILL', left]);
    await run(['ip', 'netns', 'del', name]);
  }
}
