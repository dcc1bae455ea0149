/** A facility in memory with two people who may approve, a vault that its ledger knows, and a clock that a test turns. */
import { randomBytes } from 'node:crypto';
import { DAY_MS, sha256 } from './served-vault.ts';
import { openLocalEngine } from '#engine/local.ts';
import type { LocalEngine } from '#engine/local.ts';
import type { Command } from '#model/commands.ts';
import type { By, Sealed } from '#model/events.ts';
import { objectLines } from '#model/removal-list.ts';
import { HOUR_MS } from '#model/limits.ts';
import { ID_RANDOM_BYTES, makeId } from '#std/ids.ts';
import type { Id, IdKind, PersonId, PolicyId, ProjectId, PruneId, RoleId, VaultId } from '#std/ids.ts';

export const BLANK: Sealed = { subject: 'facility', salt: '', box: '' };
const T = Date.UTC(2026, 0, 5);
export const newId = <K extends IdKind>(kind: K): Id<K> => makeId(kind, randomBytes(ID_RANDOM_BYTES));

export interface FacilityOfTwo {
  readonly engine: LocalEngine;
  readonly vault: VaultId;
  readonly owner: By;
  readonly second: By;
  readonly now: () => number;
  pass(ms: number): void;
  /** As the owner, unless somebody else asks. Throws what is refused. */
  ask(command: Command, by?: By): Promise<void>;
  /** Of snapshots that the ledger took, by this list of what `edit` stored. */
  askPrune(snapshots: readonly string[], bytes: number, objects?: readonly string[]): Promise<PruneId>;
  /** A project that has this snapshot in the vault; its hold is placed by what comes back. */
  project(snapshot: string): Promise<() => Promise<void>>;
  /** A project with an open alarm. */
  alarm(): Promise<void>;
}

export async function openFacilityOfTwo(): Promise<FacilityOfTwo> {
  let wall = T;
  const clock = { now: () => wall, monotonic: () => performance.now(), atTime: () => () => undefined };
  const engine = await openLocalEngine({ clock });

  async function ask(command: Command, by: By): Promise<void> {
    const answer = await engine.command(command, by);
    if (answer.kind === 'refused') throw answer;
  }

  async function signIn(person: PersonId): Promise<By> {
    const session = newId('session');
    const gate = { gate: 'portal', until: wall + HOUR_MS, factorAt: wall } as const;
    await ask({ kind: 'open-session', session, person, ...gate }, { service: 'gate-portal' });
    return { person, session };
  }

  const person = newId('person');
  const rights = {
    owner: person,
    ownerName: BLANK,
    ownerRolesUntil: wall + 365 * DAY_MS,
    exception: newId('exception'),
  };
  const named = { name: 'Post', timeZone: 'UTC', origin: 'post.example/log' };
  await ask({ kind: 'create-facility', ...named, ...rights }, { service: 'gate-portal' });
  const owner = await signIn(person);
  const other = newId('person');
  const roles = [{ role: 'security-lead' as RoleId, until: wall + 90 * DAY_MS }]; // a role's id is its name
  await ask({ kind: 'add-person', person: other, nature: 'human', name: BLANK, roles }, owner);
  const second = await signIn(other);
  for (const exception of engine.state().exceptions.keys())
    await ask({ kind: 'end-exception', exception, reason: 'there are two of us now' }, owner);
  const vault = newId('vault');
  const address = 'https://vault.example:8443/';
  const enrolment = { vault, name: 'basement', nature: 'local', address, locks: 'root', lockDays: 30 } as const;
  await ask({ kind: 'enrol-vault', ...enrolment }, owner);

  interface Policy {
    readonly project: ProjectId;
    readonly policy: PolicyId;
  }
  let usual: Policy | undefined;

  async function policyOf(alias: string): Promise<Policy> {
    const [project, policy] = [newId('project'), newId('policy')];
    const about = { alias, title: BLANK, level: 'standard', owner: person } as const;
    await ask({ kind: 'create-project', project, ...about, folders: [] }, owner);
    const often = { everyMs: HOUR_MS, rpoMs: HOUR_MS, rtoMs: HOUR_MS, keepDays: 30 };
    await ask({ kind: 'set-policy', policy, project, name: 'hourly', vaults: [vault], ...often }, owner);
    return { project, policy };
  }

  async function take(snapshot: string, of?: Policy): Promise<Policy> {
    const { project, policy } = of ?? (usual ??= await policyOf('plover'));
    const [backup, gate] = [newId('backup'), { service: 'gate-backup' }];
    await ask({ kind: 'begin-backup', backup, policy, vault, because: 'asked' }, gate);
    const hashes = { snapshot, tree: snapshot, manifestSha256: snapshot, consistency: 'watched' } as const;
    const counts = { files: 1, bytes: 4, addedBytes: 4, unsteady: 0, startedAt: wall, finishedAt: wall };
    await ask({ kind: 'record-backup', backup, ...hashes, ...counts }, gate);
    return { project, policy };
  }

  return {
    engine,
    vault,
    owner,
    second,
    now: () => wall,
    pass: (ms) => void (wall += ms),
    ask: (command, by = owner) => ask(command, by),
    async askPrune(snapshots, bytes, objects = ['data/x']) {
      for (const snapshot of snapshots) await take(snapshot);
      await take(randomBytes(32).toString('hex')); // the newest one stays
      const prune = newId('prune');
      const objectsSha256 = sha256(objectLines(objects));
      const list = { client: 'edit', objectsSha256, beside: [], objects: objects.length };
      const why = { bytes, reason: 'the show is delivered', list };
      await ask({ kind: 'ask-prune', prune, vault, snapshots: [...snapshots], ...why }, owner);
      return prune;
    },
    async project(snapshot) {
      const { project } = await take(snapshot, await policyOf('kestrel'));
      return () => ask({ kind: 'place-hold', hold: newId('hold'), project, reason: 'a claim' }, owner);
    },
    async alarm() {
      const project = newId('project');
      const about = { alias: 'alpha', title: BLANK, level: 'standard', owner: person, folders: [] } as const;
      await ask({ kind: 'create-project', project, ...about, folders: [] }, owner);
      const signs = [{ sign: 'growth' as const, says: 'it doubled', files: 0, examples: [] }];
      const raised = { kind: 'raise-alarm', alarm: newId('alarm'), project, score: 9, signs } as const;
      await ask({ ...raised, signs: [...signs] }, { service: 'gate-backup' });
    },
  };
}
