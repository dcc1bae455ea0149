/**
 * The backups' chapter: a snapshot and a drill, then every file of the project encrypted where it lies. The next snapshot finds it, nothing may
 * be removed any more, and the project comes back from what was clean.
 */
import { createCipheriv, createHash, randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { bytes, chapter, demand, fact, say, shown } from './narrate.ts';
import type { PortalClient } from './portal-client.ts';

const [HOUR_MS, DAY_MS] = [3_600_000, 86_400_000];
const WAIT_MS_MAX = 60_000;
const LOOK_EVERY_MS = 200;

/** Of the API's views, what is told here. */
interface Backups {
  readonly policies: readonly { readonly id: string; readonly lastTakenAt?: number; readonly running: boolean }[];
  readonly alarms: readonly { readonly signs: readonly { readonly sign: string }[]; readonly backup?: string }[];
  readonly prunePaused: boolean;
}
interface Drills {
  readonly drills: readonly {
    readonly id: string;
    readonly result?: {
      readonly held: boolean;
      readonly files: number;
      readonly bytes: number;
      readonly rtoMs: number;
      readonly second?: { readonly tool: string; readonly files: number; readonly failed: number };
    };
  }[];
}
interface Taken {
  readonly backups: readonly {
    readonly id: string;
    readonly standing: string;
    readonly taken?: { files: number; bytes: number };
  }[];
}
interface Restores {
  readonly restores: readonly {
    readonly id: string;
    readonly finished?: { readonly files: number; readonly failed: number };
  }[];
}

export async function ransomware(
  owner: PortalClient,
  place: { data: string; directory: string; project: string },
): Promise<void> {
  chapter('Backups, and a day that nobody wants');
  const { project } = place;
  const policy = await protect(owner, place);
  const clean = await snapshot(owner, project, policy, 1);
  shown(
    `first snapshot: ${clean.taken?.files} files, ${bytes(clean.taken?.bytes ?? 0)}; every file is in a sealed manifest`,
  );
  await drill(owner, policy);

  const before = await workspaceOf(owner, place);
  const was = hashesOf(before);
  for (const path of was.keys()) encrypt(join(before, path));
  say(`somebody with root encrypts all ${was.size} files where they lie ...`);
  const bad = await snapshot(owner, project, policy, 2);
  const { alarms, prunePaused } = await owner.call<Backups>('GET', '/backups');
  const alarm = alarms.find(({ backup }) => backup === bad.id);
  demand(
    alarm !== undefined,
    `the next snapshot says so: ${[...new Set(alarm?.signs.map(({ sign }) => sign))].join(', ')}`,
  );
  demand(prunePaused, 'and nothing in any vault is removed any more, until a person has looked');

  const { restore } = await owner.call<{ restore: string }>('POST', '/restores', {
    backup: bad.id,
    path: '',
    mode: 'in-place',
    newestClean: true,
    reason: 'Encrypted by an intruder.',
  });
  const back = await until(async () => {
    const { restores } = await owner.call<Restores>('GET', '/restores');
    return restores.find(({ id }) => id === restore)?.finished;
  }, 'the restore');
  fact('newest clean, in place', `${back.files} files, ${back.failed} failed; the encrypted ones are kept aside`);
  const now = hashesOf(before);
  demand(
    [...was].every(([path, sha256]) => now.get(path) === sha256),
    'every file is what it was, by its SHA-256',
  );
}

/** A vault in a folder beside the data, and a policy for the project. Resolves with the policy's id. */
async function protect(
  owner: PortalClient,
  { directory, project }: { directory: string; project: string },
): Promise<string> {
  const folder = join(directory, 'vault');
  mkdirSync(folder);
  const { vault } = await owner.call<{ vault: string }>('POST', '/vaults', {
    name: 'Rack',
    nature: 'local',
    address: `${pathToFileURL(folder).href}/`,
    locks: 'service',
    lockDays: 30,
  });
  const { policy } = await owner.call<{ policy: string }>('POST', `/projects/${project}/backup-policies`, {
    name: 'Nightly',
    everyMs: DAY_MS,
    keepDays: 30,
    vaults: [vault],
    rpoMs: DAY_MS,
    rtoMs: HOUR_MS,
    decoys: true,
  });
  return policy;
}

/** Waits for the snapshot of that number; asks for it when it is not the first, which is due at once. */
async function snapshot(owner: PortalClient, project: string, policy: string, number: number) {
  if (number > 1) await owner.call('POST', `/backup-policies/${policy}/run`, {});
  return until(async () => {
    const { backups } = await owner.call<Taken>('GET', `/projects/${project}/backups`);
    return backups.length < number ? undefined : backups.find(({ standing }, i) => i === 0 && standing === 'taken');
  }, 'the snapshot');
}

async function drill(owner: PortalClient, policy: string): Promise<void> {
  const { drill: id } = await owner.call<{ drill: string }>('POST', `/backup-policies/${policy}/drill`, {});
  const result = await until(async () => {
    const { drills } = await owner.call<Drills>('GET', '/drills');
    return drills.find((one) => one.id === id)?.result;
  }, 'the drill');
  demand(
    result.held,
    `a drill restored ${result.files} files (${bytes(result.bytes)}) to a place apart and compared each`,
  );
  if (result.second !== undefined)
    fact('a second tool', `${result.second.tool}: ${result.second.files} files, ${result.second.failed} failed`);
}

async function workspaceOf(owner: PortalClient, { data, project }: { data: string; project: string }): Promise<string> {
  const { project: seen } = await owner.call<{ project: { id: string } }>('GET', `/projects/${project}`);
  return join(data, 'workspaces', seen.id);
}

/** By path; not what the product itself keeps there. */
function hashesOf(folder: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name).slice(folder.length + 1);
    if (!entry.isFile() || path.startsWith('.') || path.includes('/.')) continue;
    found.set(
      path,
      createHash('sha256')
        .update(readFileSync(join(folder, path)))
        .digest('hex'),
    );
  }
  return found;
}

function encrypt(path: string): void {
  const cipher = createCipheriv('aes-256-ctr', randomBytes(32), randomBytes(16));
  writeFileSync(path, cipher.update(readFileSync(path)));
}

async function until<T>(look: () => Promise<T | undefined>, what: string): Promise<T> {
  for (const end = Date.now() + WAIT_MS_MAX; Date.now() < end;) {
    const found = await look();
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
  throw new Error(`${what} did not end within ${WAIT_MS_MAX / 1000} s`);
}
