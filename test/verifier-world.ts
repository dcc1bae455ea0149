/** A small facility played through the real rules into a real ledger, for tests of bundles and of the verifier. */
import { createHash, randomBytes } from 'node:crypto';
import { createMemorySealer } from '#engine/memory-sealer.ts';
import type { MemorySealer } from '#engine/memory-sealer.ts';
import { createMemoryStore } from '#engine/memory-store.ts';
import type { MemoryStore } from '#engine/memory-store.ts';
import { createStamper } from '#engine/stamp.ts';
import { createBundles } from '#host/evidence/bundles.ts';
import { fieldKeyOf, openField, sealField } from '#host/keys/sealed-field.ts';
import { logVerifierKeys } from '#ledger/checkpoint.ts';
import { renderLogPolicy } from '#ledger/policy.ts';
import type { Command } from '#model/commands.ts';
import { decide } from '#model/decide.ts';
import type { By, Draft } from '#model/events.ts';
import { emptyState, evolve } from '#model/evolve.ts';
import type { State } from '#model/state.ts';
import type { Bundles } from '#ports/bundles.ts';
import type { SealedView } from '#ports/ledger-store.ts';
import type { SubjectKeys } from '#ports/subject-keys.ts';
import type { Id, IdKind, PersonId, ProjectId } from '#std/ids.ts';
import { makeId } from '#std/ids.ts';

export const ORIGIN = 'postworks.example/ledger';
export const START = Date.UTC(2026, 2, 2, 8, 0, 0);
const DAY = 86_400_000;

export interface World {
  readonly store: MemoryStore;
  readonly sealer: MemorySealer;
  readonly keys: SubjectKeys;
  readonly policy: string;
  readonly bundles: Bundles;
  readonly owner: PersonId;
  state(): State;
  now(): number;
  wait(ms: number): void;
  id<K extends IdKind>(kind: K): Id<K>;
  act(command: Command, by?: By): Promise<void>;
  record(...drafts: readonly Draft[]): Promise<void>;
  seal(): Promise<SealedView>;
  person(name: string): Promise<PersonId>;
  project(alias: string): Promise<ProjectId>;
}

/** Ids and salts come out of a counter, so that a failing run can be repeated. */
export function seededBytes(): (count: number) => Uint8Array {
  let round = 0;
  return (count) => {
    const blocks = Array.from({ length: Math.ceil(count / 32) }, () =>
      createHash('sha256')
        .update(`seed ${(round += 1)}`)
        .digest(),
    );
    return Buffer.concat(blocks).subarray(0, count);
  };
}

export function memorySubjectKeys(): SubjectKeys {
  const keys = new Map<string, Uint8Array>();
  return {
    seal(subject, plaintext) {
      const key = keys.get(subject) ?? randomBytes(32);
      keys.set(subject, key);
      return sealField(subject, key, plaintext);
    },
    unseal(field) {
      const key = keys.get(field.subject);
      return key === undefined ? undefined : openField(fieldKeyOf(key, field.salt), field);
    },
    fieldKey(field) {
      const key = keys.get(field.subject);
      return key === undefined ? undefined : fieldKeyOf(key, field.salt);
    },
    destroy: (subject) => void keys.delete(subject),
  };
}

export async function createWorld(): Promise<World> {
  const bytes = seededBytes();
  const stamper = createStamper({ bytes });
  const store = createMemoryStore();
  const sealer = createMemorySealer(store);
  const keys = memorySubjectKeys();
  const policy = renderLogPolicy(logVerifierKeys(ORIGIN, sealer.keys));
  let state = emptyState;
  let now = START;
  const id = <K extends IdKind>(kind: K): Id<K> => makeId(kind, bytes(20));
  const owner = id('person');

  async function record(...drafts: readonly Draft[]): Promise<void> {
    const { placed, bytes: encoded } = stamper.stamp(drafts, now);
    await store.append(encoded);
    for (const one of placed) state = evolve(state, one);
  }

  async function act(command: Command, by: By = { person: owner }): Promise<void> {
    const outcome = decide(state, command, { by, at: now });
    if (outcome.kind === 'refused') throw new Error(`${command.kind}: ${outcome.message}`);
    await record(...outcome.value);
  }

  const world: World = {
    store,
    sealer,
    keys,
    policy,
    owner,
    id,
    act,
    record,
    bundles: createBundles({ store, sealed: () => sealer.view, keys, policy }),
    state: () => state,
    now: () => now,
    wait: (ms) => void (now += ms),
    async seal() {
      await record({
        kind: 'ledger.heads',
        stream: 'ledger',
        by: { service: 'engine' },
        about: {},
        data: stamper.heads.data(),
      });
      return sealer.seal(store.size, now, ORIGIN);
    },
    async person(name) {
      const person = id('person');
      await act({
        kind: 'add-person',
        person,
        nature: 'human',
        name: keys.seal(person, name),
        mail: keys.seal(person, 'x@example.com'),
        roles: [],
      });
      return person;
    },
    async project(alias) {
      const project = id('project');
      await act({
        kind: 'create-project',
        project,
        alias,
        title: keys.seal(project, 'The True Title'),
        level: 'standard',
        owner,
        folders: [],
      });
      return project;
    },
  };
  await record({
    kind: 'engine.started',
    stream: 'ledger',
    by: { service: 'engine' },
    about: {},
    data: { version: '0.1.0', recovered: 0, tornBytes: 0 },
  });
  await act({
    kind: 'create-facility',
    name: 'Postworks <Soho>',
    timeZone: 'Europe/London',
    origin: ORIGIN,
    owner,
    ownerName: keys.seal(owner, 'Olive Owner'),
    ownerRolesUntil: now + 300 * DAY,
    exception: id('exception'),
  });
  return world;
}

export interface Story {
  readonly world: World;
  readonly alpha: ProjectId;
  readonly beta: ProjectId;
  readonly freelancer: PersonId;
  readonly producer: PersonId;
}

/** Two clients; a freelancer on one of them who brings files in, reads, is refused, and is cut off by the producer. */
export async function playStory(fileActs = 3): Promise<Story> {
  const world = await createWorld();
  const [producer, freelancer, erased] = [
    await world.person('Paula Producer'),
    await world.person('Frida "F." Lancer & Co'),
    await world.person('Gone Person'),
  ];
  const [alpha, beta] = [await world.project('alpha'), await world.project('beta')];
  const give = async (person: PersonId, project: ProjectId, role: string, days: number) => {
    const engagement = world.id('engagement');
    await world.act({
      kind: 'give-engagement',
      engagement,
      person,
      project,
      role: role as never,
      from: world.now(),
      until: world.now() + days * DAY,
    });
    return engagement;
  };
  await give(producer, alpha, 'producer', 90);
  const engagement = await give(freelancer, alpha, 'editor', 30);
  await give(erased, alpha, 'sound-mixer', 14);
  await give(freelancer, beta, 'colourist', 30);
  await world.seal();
  world.wait(5 * DAY);
  const session = world.id('session');
  await world.act(
    {
      kind: 'open-session',
      session,
      person: freelancer,
      gate: 'sftp',
      project: alpha,
      engagement,
      until: world.now() + DAY,
      from: '10.1.2.3',
    },
    { person: freelancer },
  );
  for (let i = 0; i < fileActs; i += 1) {
    world.wait(60_000);
    await world.record(...fileDrafts(world, alpha, freelancer, i), ...fileDrafts(world, beta, producer, i));
    if (i % 50 === 0) await world.seal();
  }
  await world.record({
    kind: 'access.refused',
    stream: alpha,
    by: { person: freelancer },
    about: { project: alpha, person: freelancer, path: 'deliveries/master.mov' },
    data: { action: 'file.write', rule: 'role', gate: 'sftp' },
  });
  world.wait(3_600_000);
  await endWithReceipt(world, engagement, session, producer);
  await world.act({ kind: 'erase-person', person: erased, reason: 'asked for it', cut: world.id('cut') });
  world.keys.destroy(erased);
  world.wait(1000);
  await world.seal();
  return { world, alpha, beta, freelancer, producer };
}

async function endWithReceipt(
  world: World,
  engagement: Id<'engagement'>,
  session: Id<'session'>,
  producer: PersonId,
): Promise<void> {
  const cut = world.id('cut');
  await world.act(
    { kind: 'end-engagement', engagement, because: 'button', reason: 'Finished early', cut },
    { person: producer },
  );
  const orderedAt = world.now();
  world.wait(140);
  await world.act(
    { kind: 'close-session', session, because: 'button', cut, bytesIn: 1, bytesOut: 2, operations: 3 },
    { service: 'gate-sftp' },
  );
  const probe = { bytesStopped: true, accessRefused: true, watchedMs: 1500, rule: 'engagement-ended' };
  await world.act(
    {
      kind: 'record-receipt',
      cut,
      receipt: {
        gate: 'sftp',
        sessions: [session],
        sessionCount: 1,
        orderedAt,
        lastByteAt: orderedAt + 95,
        ms: 95,
        probe,
      },
    },
    { service: 'gate-sftp' },
  );
}

function fileDrafts(world: World, project: ProjectId, person: PersonId, i: number): readonly Draft[] {
  const [by, about] = [{ person }, { project, person, path: `incoming/reel-${i}/a<b>.mov` }];
  const upload = world.id('upload');
  const digests = { sha256: 'ab'.repeat(32), xxh64: '0123456789abcdef' };
  return [
    { kind: 'file.write-opened', stream: project, by, about, data: { gate: 'portal', upload, offset: 0 } },
    {
      kind: 'file.write-closed',
      stream: project,
      by,
      about,
      data: { gate: 'portal', upload, offset: 0, bytes: 1_000_000 + i, ms: 12 },
    },
    {
      kind: 'file.accepted',
      stream: project,
      by,
      about,
      data: { gate: 'portal', upload, sizeBytes: 1_000_000 + i, type: 'mov', ...digests },
    },
    { kind: 'file.read-opened', stream: project, by, about, data: { gate: 'sftp', sizeBytes: 1_000_000 + i } },
    {
      kind: 'file.read-closed',
      stream: project,
      by,
      about,
      data: { gate: 'sftp', complete: true, bytes: 1_000_000 + i, ms: 9, ...digests },
    },
  ];
}
