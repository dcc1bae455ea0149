/**
 * Real packets without a real network: namespaces joined by a router namespace, each with one address of each family, made for one test and
 * removed with it. Names are unique to the process, so runs do not meet.
 */
import { execFileSync, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';

let made = 0;
/** They go with the process, however it ends. */
const standing = new Set<Namespace>();
process.once('exit', () => {
  for (const namespace of standing) namespace.remove();
});

export interface Namespace {
  readonly name: string;
  /** Runs a program inside and gives its standard output; throws what it said when it fails. */
  run(program: string, ...args: readonly string[]): string;
  /** Starts a program inside; it ends with the namespace at the latest. */
  start(program: string, ...args: readonly string[]): ChildProcess;
  nft(text: string): void;
  remove(): void;
}

/** Why tests with namespaces cannot run here; `false` when they can. For `{ skip }`, which prints it. */
export function withoutNamespaces(): string | false {
  if (process.platform !== 'linux') return 'network namespaces exist on Linux only: the packet filter was NOT tested';
  if (process.getuid?.() !== 0) return 'only root may make network namespaces: the packet filter was NOT tested';
  try {
    const probe = createNamespace();
    try {
      probe.run('nft', 'list', 'ruleset');
    } finally {
      probe.remove();
    }
    return false;
  } catch (error) {
    return `namespaces or nft do not work here, so the packet filter was NOT tested: ${String(error).slice(0, 200)}`;
  }
}

export function createNamespace(): Namespace {
  made += 1;
  const name = `pl${process.pid}n${made}`;
  execFileSync('ip', ['netns', 'add', name], { stdio: 'pipe' });
  const inside = ['netns', 'exec', name];
  const children: ChildProcess[] = [];
  const namespace: Namespace = {
    name,
    run: (program, ...args) =>
      execFileSync('ip', [...inside, program, ...args], { encoding: 'utf8', stdio: 'pipe', maxBuffer: 1 << 28 }),
    start(program, ...args) {
      const child = spawn('ip', [...inside, program, ...args], { stdio: ['pipe', 'pipe', 'pipe'] });
      children.push(child);
      return child;
    },
    nft: (text) =>
      void execFileSync('ip', [...inside, 'nft', '-f', '-'], { input: text, stdio: 'pipe', maxBuffer: 1 << 28 }),
    remove() {
      standing.delete(namespace);
      for (const child of children) child.kill('SIGKILL');
      execFileSync('ip', ['netns', 'delete', name], { stdio: 'pipe' });
    },
  };
  standing.add(namespace);
  // An IPv6 address serves at once; nobody else can have it here.
  for (const which of ['all', 'default']) namespace.run('sysctl', '-qw', `net.ipv6.conf.${which}.accept_dad=0`);
  namespace.run('ip', 'link', 'set', 'lo', 'up');
  return namespace;
}

/** Lists the way the warden does: protocols and priorities as numbers. */
export function listTable(namespace: Namespace): string {
  return namespace.run('nft', '-y', '-p', 'list', 'table', 'inet', 'picturelock');
}
