/**
 * Network namespaces of a lab. Names hold the process that made them, so runs do not meet, and what a run left behind that was killed is found
 * and removed by the next one.
 */
import { openPrograms } from '#host/nft/programs.ts';
import type { Programs } from '#host/nft/programs.ts';

const PREFIX = 'pllab';
const OURS = new RegExp(`^${PREFIX}-(\\d+)-\\d+$`);
let made = 0;

export interface LabNamespace {
  readonly name: string;
  /** Programs inside. */
  readonly programs: Programs;
  /** Each line one command of `ip`; the first that fails faults. */
  ip(lines: readonly string[]): Promise<void>;
  sysctl(settings: Readonly<Record<string, string>>): Promise<void>;
  remove(): Promise<void>;
}

const host = openPrograms();

/** Why a lab cannot stand here, as a sentence; `undefined` when it can. */
export async function whyNoLab(): Promise<string | undefined> {
  if (process.platform !== 'linux') return 'network namespaces exist on Linux only';
  if (process.getuid?.() !== 0) return 'only root may make network namespaces';
  try {
    const probe = await createLabNamespace();
    try {
      await probe.programs.run('nft', ['list', 'ruleset']);
      await host.run('cc', ['--version']);
    } finally {
      await probe.remove();
    }
    return undefined;
  } catch (error) {
    return `namespaces, nft or a C compiler do not work here: ${String(error).slice(0, 200)}`;
  }
}

export async function createLabNamespace(): Promise<LabNamespace> {
  made += 1;
  const name = `${PREFIX}-${process.pid}-${made}`;
  await host.run('ip', ['netns', 'add', name]);
  const programs = openPrograms(name);
  const namespace: LabNamespace = {
    name,
    programs,
    async ip(lines) {
      await host.run('ip', ['-n', name, '-batch', '-'], { input: `${lines.join('\n')}\n` });
    },
    async sysctl(settings) {
      await programs.run('sysctl', ['-qw', ...Object.entries(settings).map(([key, value]) => `${key}=${value}`)]);
    },
    async remove() {
      await host.run('ip', ['netns', 'delete', name]);
    },
  };
  // An IPv6 address serves at once; nobody else can have it here.
  await namespace.sysctl({
    'net.ipv6.conf.all.accept_dad': '0',
    'net.ipv6.conf.default.accept_dad': '0',
    'net.ipv6.conf.default.accept_ra': '0',
    'net.ipv4.ping_group_range': '0 2147483647',
  });
  return namespace;
}

/** Removes what labs left whose process is gone. Resolves with their names. */
export async function removeLeftNamespaces(): Promise<readonly string[]> {
  const listed = await host.run('ip', ['netns', 'list']);
  const left = listed
    .split('\n')
    .map((line) => line.split(' ')[0] ?? '')
    .filter((name) => isLeft(name));
  for (const name of left) await host.run('ip', ['netns', 'delete', name]);
  return left;
}

function isLeft(name: string): boolean {
  const pid = OURS.exec(name)?.[1];
  return pid !== undefined && !isAlive(Number(pid));
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
