/** Bringing a facility back on a new machine, from a copy and a password alone: no engine runs, nothing is known but what the repository says. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { arrivalOrder } from './arrival-order.ts';
import type { ArrivalOrder, Arrived } from './arrival-order.ts';
import { FACILITY } from './facility-copy.ts';
import { passwordFile, readPassword } from './repository-keys.ts';
import { runJob } from './run-job.ts';
import { isManifestSnapshot } from '#vault/drill/sealed-manifest.ts';
import { openRepository } from '#vault/engine/repository.ts';
import type { DamagedObject, NamedSnapshot } from '#vault/engine/repository.ts';
import { openStore } from '#vault/store/open-store.ts';
import type { StorePlace } from '#vault/store/open-store.ts';
import { parseS3Address } from '#vault/store/s3-place.ts';
import { isId } from '#std/ids.ts';
import { Fault } from '#std/refused.ts';

export interface Source {
  /** As stock restic takes it: a folder, `rest:https://vault.example:8443/name/`, or `s3:https://HOST/BUCKET/PREFIX/name`. */
  readonly repository: string;
  readonly passwordFile: string;
  readonly credentialFile?: string;
  readonly caFile?: string;
  readonly certFile?: string;
  readonly keyFile?: string;
  /** The beginning of an id; the newest one when left out. */
  readonly snapshot?: string;
}

/** Why this snapshot and no other. */
export interface HowChosen {
  /** Its id was given; or the newest by the order of arrival at a vault, by the clock of a bucket, or by what the snapshots say of themselves. */
  readonly chosenBy: 'name' | 'vault' | 'bucket' | 'its own word';
  /** By the clock of the vault or bucket: ms since 1970. */
  readonly arrivedAt?: number;
  /** Others whose times do not agree with when they came, or cannot be true. */
  readonly doubtful: readonly { readonly snapshot: string; readonly why: string }[];
}

export interface BroughtBack extends HowChosen {
  readonly snapshot: string;
  readonly takenAt: string;
  readonly files: number;
  readonly bytes: number;
  readonly ms: number;
  readonly to: string;
  /** Objects in the place of snapshots that cannot be read: damaged, or written there by somebody without the password. */
  readonly unreadable: readonly DamagedObject[];
}

export function placeAt({ repository, credentialFile, caFile, certFile, keyFile }: Source): StorePlace {
  if (repository.startsWith('s3:')) {
    if (credentialFile === undefined)
      throw new Fault(
        'no-credential',
        'a bucket is opened with its keys: give --credential-file, with ACCESS-KEY:SECRET-KEY on its first line',
      );
    // Nothing is written there on the way back, so nothing is locked.
    const bucket = {
      ...parseS3Address(repository),
      credentialFile: resolve(credentialFile),
      locksFolder: tmpdir(),
      lockDays: 1,
    };
    return { kind: 's3', ...bucket, ...(caFile === undefined ? {} : { caFile: resolve(caFile) }) };
  }
  if (!repository.startsWith('rest:')) return { kind: 'folder', folder: resolve(repository), sync: true };
  return {
    kind: 'rest',
    url: repository.slice('rest:'.length),
    ...(credentialFile === undefined ? {} : { credentialFile: resolve(credentialFile) }),
    ...(caFile === undefined ? {} : { caFile: resolve(caFile) }),
    ...(certFile === undefined ? {} : { certFile: resolve(certFile) }),
    ...(keyFile === undefined ? {} : { keyFile: resolve(keyFile) }),
  };
}

/** Ledger, checkpoints and keys into `data`, which must not hold a facility. */
export async function restoreFacility(source: Source, data: string): Promise<BroughtBack> {
  if (existsSync(join(data, 'ledger')))
    throw new Fault('facility-there', `${data} holds a facility already: choose an empty folder`);
  mkdirSync(data, { recursive: true, mode: 0o700 });
  const chosen = await chooseSnapshot(source, ({ tags }) => tags.includes(FACILITY));
  return bringBack(source, chosen, data, (root) => {
    moveInto(root, data);
    return data;
  });
}

/** Nothing is moved where something would be mixed. The ledger comes last, because a folder with one counts as a facility: a move that was cut short shows. */
function moveInto(root: string, data: string): void {
  const names = readdirSync(root).toSorted((a, b) => Number(a === 'ledger') - Number(b === 'ledger'));
  const taken = names.find((name) => existsSync(join(data, name)));
  if (taken !== undefined)
    throw new Fault(
      'folder-taken',
      `${join(data, taken)} is there already, and two facilities would be mixed: choose an empty folder, or empty this one`,
    );
  for (const name of names) renameSync(join(root, name), join(data, name));
}

/** A project's whole workspace; what stands there must be empty or absent. */
export async function restoreProject(source: Source, data: string, project: string): Promise<BroughtBack> {
  if (!isId('project', project))
    throw new Fault('bad-project', `${project} is no project’s id: the runbook names it, and “project list” shows it`);
  const workspace = join(data, 'workspaces', project);
  if (existsSync(workspace) && readdirSync(workspace).length > 0)
    throw new Fault('workspace-there', `${workspace} is not empty: move it away first, and keep it`);
  const chosen = await chooseSnapshot(source, ({ tags }) => !isManifestSnapshot(tags));
  return bringBack(source, chosen, data, (root) => {
    rmSync(workspace, { recursive: true, force: true });
    mkdirSync(join(data, 'workspaces'), { recursive: true, mode: 0o700 });
    renameSync(root, workspace);
    return workspace;
  });
}

export function projectPassword(data: string, project: string): string {
  if (!isId('project', project)) throw new Fault('bad-project', `${project} is no project’s id`);
  return passwordFile(data, project);
}

export interface Chosen extends NamedSnapshot, HowChosen {
  readonly unreadable: readonly DamagedObject[];
}

/** A clock that is fast by so much is nobody's lie. */
const FAST_MS = 60 * 60_000;

/** The one that is named, or the newest that fits. */
export async function chooseSnapshot(source: Source, fits: (one: NamedSnapshot) => boolean): Promise<Chosen> {
  const unreadable: DamagedObject[] = [];
  const place = placeAt(source);
  const store = openStore(place);
  try {
    const repository = await openRepository({ store, password: readPassword(source.passwordFile) });
    const found = (await repository.snapshots((damage) => unreadable.push(damage))).filter(
      (one) => fits(one) && one.id.startsWith(source.snapshot ?? ''),
    );
    if (found.length === 0) throw noSnapshot(source, unreadable);
    if (source.snapshot === undefined) return { ...newestOf(found, await arrivalOrder(place, store)), unreadable };
    const [named, another] = found;
    if (named === undefined || another !== undefined)
      throw new Fault('several-snapshots', 'several snapshots begin with these digits: give more of them');
    return { ...named, chosenBy: 'name', doubtful: [], unreadable };
  } finally {
    await store.close();
  }
}

/** By the order of arrival where the place has one; else by what they say of themselves, which `chosenBy` tells. */
function newestOf(found: readonly NamedSnapshot[], order: ArrivalOrder | undefined): NamedSnapshot & HowChosen {
  const arrivedOf = ({ id }: NamedSnapshot): Arrived | undefined => order?.arrived.get(id);
  const lies = new Map(found.flatMap((one) => [[one.id, lieOf(one, arrivedOf(one), order)] as const]));
  const plausible = found.filter(({ id }) => lies.get(id) === undefined);
  const inOrder = plausible.toSorted((a, b) => (arrivedOf(a)?.n ?? 0) - (arrivedOf(b)?.n ?? 0));
  const newest = inOrder.at(-1); // without an order as they came: by their own times
  if (newest === undefined)
    throw new Fault('no-snapshot', 'no snapshot here says a time that can be true: name one with --snapshot');
  const arrivedAt = arrivedOf(newest)?.at;
  const doubtful = found.flatMap((one) => {
    const lie = lies.get(one.id);
    const isLater = order !== undefined && one.id !== newest.id && Date.parse(one.time) > Date.parse(newest.time);
    if (lie === undefined && !isLater) return [];
    return [{ snapshot: one.id, why: lie ?? `it says ${one.time}, and arrived before the one that was chosen` }];
  });
  const arrival = arrivedAt === undefined ? {} : { arrivedAt };
  return { ...newest, chosenBy: order?.by ?? 'its own word', doubtful, ...arrival };
}

/** Nobody takes a snapshot in the future, nor after it arrived: whoever wrote that date wanted to be the newest. */
function lieOf({ time }: NamedSnapshot, arrived: Arrived | undefined, order: ArrivalOrder | undefined) {
  const at = Date.parse(time);
  if (order === undefined) return at > Date.now() ? `it says ${time}, which is in the future` : undefined;
  if (arrived === undefined) return 'the vault does not know when it arrived';
  return at > arrived.at + FAST_MS ? `it says ${time}, and had arrived before` : undefined;
}

function noSnapshot({ snapshot = '' }: Source, unreadable: readonly DamagedObject[]): Fault {
  const [asked] = unreadable.filter(({ object }) => snapshot !== '' && object.startsWith(`snapshots/${snapshot}`));
  if (asked !== undefined) return new Fault('object-damaged', `${asked.object} cannot be read: ${asked.why}`);
  const others = unreadable.length === 0 ? '' : `; ${unreadable.length} of its snapshots cannot be read`;
  return new Fault('no-snapshot', `this repository has no such snapshot${others}`);
}

/** Restored aside on the same disk, and moved when all of it is there. */
async function bringBack(
  source: Source,
  { id, time, unreadable, chosenBy, arrivedAt, doubtful }: Chosen,
  data: string,
  place: (root: string) => string,
): Promise<BroughtBack> {
  const target = mkdtempSync(join(data, '.bringing-back-'));
  try {
    const done = await runJob({
      kind: 'restore',
      place: placeAt(source),
      passwordFile: resolve(source.passwordFile),
      snapshot: id,
      path: '',
      target,
    });
    const [first] = done.failed;
    if (first !== undefined)
      throw new Fault(
        'restore-incomplete',
        `${done.failed.length} files could not be restored: ${first.path}: ${first.why}`,
      );
    const { files, bytes, ms } = done;
    const arrival = arrivedAt === undefined ? {} : { arrivedAt };
    const how = { chosenBy, doubtful, ...arrival };
    return { snapshot: id, takenAt: time, files, bytes, ms, to: place(done.root), unreadable, ...how };
  } finally {
    rmSync(target, { recursive: true, force: true });
  }
}
