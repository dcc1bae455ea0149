/** What drills are of, in turns: over a world drawn by commands, and over a seed that nobody knows before. */
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { drillChoice, RANDOM_ONE_IN, WHOLE_ONE_IN } from './drill-choice.ts';
import type { DrillChoice } from './drill-choice.ts';
import { drawScene } from '#plan/backup/test-scene.ts';
import type { Scene } from '#plan/backup/test-scene.ts';
import { ask, newId } from '#model/drawn-world.ts';
import { DAY_MS, HOUR_MS } from '#model/limits.ts';
import { BACKUP_RECORDS_KEPT } from '#model/backup-state.ts';
import type { BackupId, VaultId } from '#std/ids.ts';

const HASH = 'a'.repeat(64);
const SEED = '00000000';

function drawn(): Scene {
  const scene = drawScene();
  const { world, project, policy, rack, site } = scene;
  for (const [vault, name] of [
    [rack, 'rack'],
    [site, 'site'],
  ] as const)
    ask(world, {
      kind: 'enrol-vault',
      vault,
      name,
      address: `https://${name}/`,
      nature: 'site',
      locks: 'root',
      lockDays: 9,
    });
  const wanted = { everyMs: HOUR_MS, keepDays: 60, rpoMs: 6 * HOUR_MS, rtoMs: DAY_MS };
  ask(world, { kind: 'set-policy', policy, project, name: 'all', vaults: [rack, site], ...wanted });
  return scene;
}

/** Copied to these vaults. */
function take({ world, policy, rack }: Scene, ...vaults: readonly VaultId[]): BackupId {
  world.at += HOUR_MS;
  const backup = newId(world, 'backup');
  ask(world, { kind: 'begin-backup', backup, policy, vault: rack, because: 'schedule' });
  const hashes = { snapshot: HASH, tree: HASH, manifestSha256: HASH };
  const counts = { files: 1, bytes: 1, addedBytes: 1, unsteady: 0, consistency: 'watched' } as const;
  ask(world, { kind: 'record-backup', backup, ...hashes, startedAt: world.at, finishedAt: world.at, ...counts });
  const listed = { snapshot: HASH, objects: 1, bytes: 1, objectsSha256: HASH, verified: 'listed' } as const;
  for (const vault of vaults) ask(world, { kind: 'record-copy', backup, vault, ...listed, lockedUntil: world.at });
  return backup;
}

/** What the next drill there is of, and that it has ended. */
function drill(scene: Scene, vault: VaultId, seed = SEED): DrillChoice {
  const { world, policy, project } = scene;
  const id = newId(world, 'drill');
  world.at += 1;
  ask(world, { kind: 'begin-drill', drill: id, policy, vault, because: 'asked' });
  const of = { id, policy, project, vault, begunAt: world.at, because: 'asked' } as const;
  const choice = drillChoice(world.state, of, seed) ?? assert.fail('nothing to drill');
  const base = { snapshot: HASH, why: choice.why, plan: choice.plan, seed, tool: 't', reportSha256: HASH };
  const counts = { files: 1, filesOf: 1, bytes: 1, failed: 0, failures: [], rpoMs: 0, rtoMs: 0, rtoSpreadMs: 0 };
  const media = { opened: 0, wrongFrames: 0, skipped: 0 };
  const times = { startedAt: world.at, finishedAt: world.at, isolated: true, held: true };
  ask(world, { kind: 'record-drill', drill: id, ...base, ...counts, media, ...times });
  return choice;
}

function suspect({ world, project }: Scene, backup: BackupId): void {
  const signs = [{ sign: 'ransom-note' as const, says: 'x', files: 1, examples: [] }];
  ask(world, { kind: 'raise-alarm', alarm: newId(world, 'alarm'), project, backup, score: 1, signs });
}

test('of every vault: every fourth drill an older snapshot, every fifth the whole project, whoever takes turns with whom', () => {
  const scene = drawn();
  const { rack, site } = scene;
  const taken = [take(scene, rack, site), take(scene, rack, site), take(scene, rack, site)];
  const rounds = Array.from({ length: 20 }, () => [drill(scene, rack), drill(scene, site)] as const);
  for (const at of [0, 1] as const) {
    const own = rounds.map((round) => round[at]);
    for (const [n, { why, plan, backup }] of own.entries()) {
      assert.equal(plan === 'whole-project', n % WHOLE_ONE_IN === WHOLE_ONE_IN - 1, `drill ${n}`);
      assert.equal(why === 'random', n % RANDOM_ONE_IN === RANDOM_ONE_IN - 1, `drill ${n}`);
      assert.equal(backup.id === taken[2], why !== 'random');
    }
  }
});

test('which older one it is follows from the seed alone, and each has its turn', () => {
  const seen = new Set<BackupId>();
  for (let n = 0; n < 8; n += 1) {
    const scene = drawn();
    for (let k = 0; k < 5; k += 1) take(scene, scene.rack);
    for (let k = 1; k < RANDOM_ONE_IN; k += 1) drill(scene, scene.rack);
    seen.add(drill(scene, scene.rack, n.toString(16).padStart(8, '0')).backup.id);
  }
  assert.equal(seen.size, 4);
});

test('what an alarm is about is passed over while there is another; a vault that lacks them all is tried with the newest', () => {
  const scene = drawn();
  const { rack, site } = scene;
  const [old, bad] = [take(scene, rack), take(scene, rack)];
  suspect(scene, bad);
  assert.deepEqual([drill(scene, rack).backup.id, drill(scene, rack).why], [old, 'newest-clean']);
  assert.equal(drill(scene, site).backup.id, old, 'the newest clean one that there is anywhere');
  suspect(scene, old);
  assert.deepEqual([drill(scene, site).backup.id, drill(scene, site).why], [bad, 'newest']);
});

test('turns go on when the state has forgotten the first drills', () => {
  const scene = drawn();
  take(scene, scene.rack);
  const { world, policy, rack } = scene;
  const known = world.state.backups.policies.get(policy) ?? assert.fail();
  const many = { ...known, drilled: [{ vault: rack, count: BACKUP_RECORDS_KEPT * WHOLE_ONE_IN }] };
  const backups = { ...world.state.backups, policies: world.state.backups.policies.set(policy, many) };
  world.state = { ...world.state, backups };
  const plans = Array.from({ length: WHOLE_ONE_IN * 2 }, () => drill(scene, rack).plan);
  assert.equal(plans.filter((plan) => plan === 'whole-project').length, 2);
});
