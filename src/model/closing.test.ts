/** The end of a project: every step in its order, two people, a week, and nothing that a hold or an alarm keeps. */
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { destructionsDue } from '#model/closing.ts';
import type { Command } from '#model/commands.ts';
import { decide } from '#model/decide.ts';
import { addPerson, addProject, ask, drawWorld, newId } from '#model/drawn-world.ts';
import type { DrawnWorld } from '#model/drawn-world.ts';
import { DAY_MS, HOUR_MS, PRUNE_WAIT_MS } from '#model/limits.ts';
import { isRefused } from '#std/refused.ts';
import type { BackupId, DrillId, PersonId, ProjectId } from '#std/ids.ts';

const HASH = 'a'.repeat(64);
const GATE = { service: 'gate-backup' } as const;

interface Ending {
  readonly world: DrawnWorld;
  readonly project: ProjectId;
  readonly engineer: PersonId;
  take(manifest?: string): BackupId;
  drill(snapshot?: string, held?: boolean): DrillId;
  wrap(): void;
  /** The code of the refusal, or `done`. */
  try(command: Command, person?: PersonId): string;
}

function ending(): Ending {
  const world = drawWorld();
  const engineer = addPerson(world, ['engineer']);
  const project = addProject(world, 'nightjar');
  const [vault, policy] = [newId(world, 'vault'), newId(world, 'policy')];
  const address = 'file:///mnt/vault/';
  ask(world, { kind: 'enrol-vault', vault, name: 'rack', nature: 'local', address, locks: 'root', lockDays: 1 });
  const often = { everyMs: HOUR_MS, keepDays: 30, rpoMs: DAY_MS, rtoMs: DAY_MS };
  ask(world, { kind: 'set-policy', policy, project, name: 'hourly', vaults: [vault], ...often });
  const counts = { files: 3, bytes: 3 };
  return {
    world,
    project,
    engineer,
    take(manifestSha256 = HASH) {
      const backup = newId(world, 'backup');
      const snapshot = String(world.count).padStart(64, '0');
      ask(world, { kind: 'begin-backup', backup, policy, vault, because: 'asked' });
      const [startedAt, finishedAt] = [world.at, world.at];
      const taken = { snapshot, tree: HASH, manifestSha256, startedAt, finishedAt, addedBytes: 3, unsteady: 0 };
      ask(world, { kind: 'record-backup', backup, ...taken, ...counts, consistency: 'watched' }, GATE);
      return backup;
    },
    drill(snapshot = [...world.state.backups.taken.values()].at(-1)?.taken?.snapshot ?? '', held = true) {
      const drill = newId(world, 'drill');
      ask(world, { kind: 'begin-drill', drill, policy, vault, because: 'asked' });
      const times = { startedAt: world.at, finishedAt: world.at, rpoMs: 0, rtoMs: 0, rtoSpreadMs: 0 };
      const media = { opened: 0, wrongFrames: 0, skipped: 0 };
      const what = { why: 'newest', plan: 'sample', seed: '', tool: '', failures: [], media, isolated: true } as const;
      const record = { ...what, ...times, ...counts, failures: [], filesOf: 3, failed: held ? 0 : 1, snapshot, held };
      ask(world, { kind: 'record-drill', drill, ...record, reportSha256: HASH }, GATE);
      return drill;
    },
    wrap() {
      world.at += HOUR_MS;
      ask(world, { kind: 'wrap-project', project, cut: newId(world, 'cut'), reason: 'delivered' });
    },
    try(command, person) {
      const by = person === undefined ? GATE : { person };
      const outcome = decide(world.state, command, { by, at: world.at });
      if (isRefused(outcome)) return outcome.code;
      ask(world, command, by);
      return 'done';
    },
  };
}

test('each step waits for the one before, and the archive is what the project was when it was over', () => {
  const { project, engineer, take, drill, wrap, ...end } = ending();
  const [deliver, archive, prove, destroy] = [
    { kind: 'record-delivery', project, to: 'Studio', what: 'two LTO tapes' },
    { kind: 'archive-project', project },
    { kind: 'prove-archive', project },
    { kind: 'ask-key-destruction', project, reason: 'the contract says so' },
  ] as const satisfies readonly Command[];
  take();
  for (const step of [deliver, archive, prove, destroy]) assert.equal(end.try(step), 'project-not-wrapped');
  wrap();
  assert.equal(end.try(archive), 'no-archive', 'the snapshot from before is no archive');
  assert.equal(end.try(prove), 'closing-incomplete');
  assert.equal(end.try(destroy, engineer), 'closing-incomplete');
  assert.equal(end.try(deliver), 'done');
  take();
  assert.equal(end.try(archive), 'done');
  assert.equal(end.try(prove), 'not-proven');
  drill(undefined, false);
  assert.equal(end.try(prove), 'not-proven', 'a drill that failed proves nothing');
  end.world.at += HOUR_MS;
  take();
  drill();
  assert.equal(end.try(prove), 'done', 'a later snapshot with the same manifest is the same archive');
  assert.equal(end.try(destroy, engineer), 'done');
  end.world.at += HOUR_MS;
  take('b'.repeat(64));
  assert.equal(end.try(archive), 'done');
  assert.equal(end.world.state.backups.closings.get(project)?.asked, undefined, 'nobody asked about the new archive');
  assert.equal(end.try(prove), 'not-proven');
});

function upToAsked(): Ending {
  const end = ending();
  const { project } = end;
  end.wrap();
  end.take();
  end.drill();
  assert.equal(end.try({ kind: 'record-delivery', project, to: 'Studio', what: 'all' }), 'done');
  assert.equal(end.try({ kind: 'archive-project', project }), 'done');
  assert.equal(end.try({ kind: 'prove-archive', project }), 'done');
  assert.equal(end.try({ kind: 'ask-key-destruction', project, reason: 'over' }, end.engineer), 'done');
  return end;
}

test('keys take two people and the waiting time, and then nothing more is taken or restored', () => {
  const end = upToAsked();
  const { project, world } = end;
  const approve: Command = { kind: 'approve-key-destruction', project };
  const destroy: Command = { kind: 'destroy-backup-keys', project, objects: 1, certificateSha256: HASH };
  assert.equal(end.try(destroy), 'closing-not-asked');
  assert.equal(end.try(approve, end.engineer), 'own-prune');
  assert.equal(end.try(approve, world.owner), 'done');
  assert.equal(end.try(destroy), 'bad-time');
  assert.deepEqual(destructionsDue(world.state, world.at), []);
  world.at += PRUNE_WAIT_MS;
  assert.deepEqual(
    destructionsDue(world.state, world.at).map((one) => one.project),
    [project],
  );
  assert.equal(end.try(destroy), 'done');
  assert.equal(end.try(destroy), 'already-done');
  assert.deepEqual(destructionsDue(world.state, world.at), []);
  assert.ok(world.state.backups.policies.every(({ endedAt }) => endedAt !== undefined));
  const [backup] = world.state.backups.taken.values();
  const snapshot = backup?.taken?.snapshot ?? '';
  const wish = { snapshot, path: '', mode: 'aside', newestClean: false, reason: 'too late' } as const;
  assert.ok(backup !== undefined);
  const restore: Command = { kind: 'begin-restore', restore: newId(world, 'restore'), backup: backup.id, ...wish };
  assert.equal(end.try(restore, end.engineer), 'keys-destroyed');
});

test('a hold, an open alarm or a no stops it, also after the approval', () => {
  const end = upToAsked();
  const { project, world } = end;
  assert.equal(end.try({ kind: 'approve-key-destruction', project }, world.owner), 'done');
  world.at += PRUNE_WAIT_MS;
  const [hold, alarm] = [newId(world, 'hold'), newId(world, 'alarm')];
  const destroy: Command = { kind: 'destroy-backup-keys', project, objects: 1, certificateSha256: HASH };
  ask(world, { kind: 'place-hold', hold, project, reason: 'a claim' });
  assert.equal(end.try(destroy), 'legal-hold');
  assert.deepEqual(destructionsDue(world.state, world.at), []);
  ask(world, { kind: 'lift-hold', hold, reason: 'settled' });
  const signs = [{ sign: 'magic-lost' as const, says: 'x', files: 1, examples: [] }];
  ask(world, { kind: 'raise-alarm', alarm, project, score: 1, signs }, GATE);
  assert.equal(end.try(destroy), 'prune-paused');
  ask(world, { kind: 'settle-alarm', alarm, reason: 'harmless', genuine: false });
  assert.equal(end.try({ kind: 'decline-key-destruction', project, reason: 'not yet' }, world.owner), 'done');
  assert.equal(end.try(destroy), 'closing-not-asked');
});
