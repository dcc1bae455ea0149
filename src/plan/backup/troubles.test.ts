/** What is to be looked at, over a world drawn by commands: each trouble comes with its cause and goes with its cure. */
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { backupTroubles, COPY_TRIES_MAX } from './troubles.ts';
import type { TroubleCode } from './troubles.ts';
import { drawScene } from '#plan/backup/test-scene.ts';
import type { Scene } from '#plan/backup/test-scene.ts';
import { ask, newId } from '#model/drawn-world.ts';
import { DAY_MS, HOUR_MS } from '#model/limits.ts';
import type { Drill } from '#model/backup-state.ts';
import type { BackupId, VaultId } from '#std/ids.ts';

const HASH = 'a'.repeat(64);

/** One project, every four hours to the rack and the site, drills every week; everything copied and proved. */
function calm(): Scene {
  const scene = drawScene();
  const { world, project, policy, rack, site } = scene;
  const place = { nature: 'local', locks: 'root', lockDays: 30 } as const;
  ask(world, { kind: 'enrol-vault', vault: rack, name: 'rack', address: 'https://rack.example/', ...place });
  ask(world, { kind: 'enrol-vault', vault: site, name: 'site', address: 's3:https://site.example/b', ...place });
  const wanted = { everyMs: 4 * HOUR_MS, keepDays: 60, rpoMs: 6 * HOUR_MS, rtoMs: DAY_MS, drillEveryMs: 7 * DAY_MS };
  ask(world, { kind: 'set-policy', policy, project, name: 'all', vaults: [rack, site], ...wanted });
  copyTo(scene, take(scene), site);
  for (const vault of [rack, site]) {
    copyFacility(scene, vault);
    drillFacility(scene, vault, { second: SECOND });
    drill(scene, vault, { held: true });
  }
  return scene;
}

function take(
  { world, policy, rack: vault }: Scene,
  more: { attributesLack?: string; files?: number; unsteady?: number } = {},
): BackupId {
  const backup = newId(world, 'backup');
  ask(world, { kind: 'begin-backup', backup, policy, vault, because: 'schedule' });
  const hashes = { snapshot: HASH, tree: HASH, manifestSha256: HASH };
  const counts = { files: 1, bytes: 1, addedBytes: 1, unsteady: 0, consistency: 'watched' } as const;
  ask(world, {
    kind: 'record-backup',
    backup,
    ...hashes,
    startedAt: world.at,
    finishedAt: world.at,
    ...counts,
    ...more,
  });
  copyTo({ world }, backup, vault);
  return backup;
}

function copyTo({ world }: Pick<Scene, 'world'>, backup: BackupId, vault: VaultId): void {
  const listed = { snapshot: HASH, objects: 1, bytes: 1, objectsSha256: HASH, verified: 'listed' } as const;
  ask(world, { kind: 'record-copy', backup, vault, ...listed, lockedUntil: world.at + DAY_MS });
}

function copyFacility({ world }: Scene, vault: VaultId): void {
  const copied = { snapshot: HASH, manifestSha256: HASH, files: 1, bytes: 1, startedAt: world.at };
  ask(world, { kind: 'record-facility-copy', vault, ...copied });
}

const SECOND = { tool: 'restic 1', files: 1, failed: 0 };

function drillFacility({ world }: Scene, vault: VaultId, more: { readonly second?: typeof SECOND }): void {
  const drilled = { snapshot: HASH, files: 1, bytes: 1, ms: 1, held: true, ...more };
  ask(world, { kind: 'record-facility-drill', vault, ...drilled });
}

function drill(
  { world, policy }: Scene,
  vault: VaultId,
  more: Partial<NonNullable<Drill['result']>>,
  tools: { readonly second?: typeof SECOND } = { second: SECOND },
): void {
  const id = newId(world, 'drill');
  ask(world, { kind: 'begin-drill', drill: id, policy, vault, because: 'schedule' });
  const base = { snapshot: HASH, why: 'newest', plan: 'sample', seed: 's', tool: 't', reportSha256: HASH } as const;
  const counts = { files: 1, filesOf: 1, bytes: 1, failed: 0, failures: [], rpoMs: 0, rtoMs: 0, rtoSpreadMs: 0 };
  const times = { startedAt: world.at, finishedAt: world.at, isolated: true, held: true };
  const media = { opened: 0, wrongFrames: 0, skipped: 0 };
  ask(world, { kind: 'record-drill', drill: id, ...base, ...counts, media, ...times, ...tools, ...more });
}

function codes({ world }: Scene, escrowAt: number | 'never' = world.at): readonly TroubleCode[] {
  return backupTroubles(world.state, world.at, escrowAt).map(({ code }) => code);
}

test('nothing to look at', () => {
  assert.deepEqual(codes(calm()), []);
});

test('a second copy that is behind, and one that fails; each goes with the copy', () => {
  const scene = calm();
  const { world, site } = scene;
  world.at += 7 * HOUR_MS;
  const backup = take(scene);
  assert.deepEqual(codes(scene), ['copy-behind']);
  for (let tries = 1; tries <= COPY_TRIES_MAX; tries += 1) {
    ask(world, { kind: 'record-copy-failure', vault: site, backup, code: 'unreachable', says: 'no route', tries });
    assert.deepEqual(codes(scene), [tries < COPY_TRIES_MAX ? 'copy-behind' : 'copy-failing']);
  }
  copyTo(scene, backup, site);
  assert.deepEqual(codes(scene), []);
});

test('a newest snapshot without all attributes is told until one has them', () => {
  const scene = calm();
  const { world, site } = scene;
  for (const more of [{ attributesLack: 'this machine has no getfattr' }, {}]) {
    world.at += HOUR_MS;
    copyTo(scene, take(scene, more), site);
    assert.deepEqual(codes(scene), 'attributesLack' in more ? ['attributes-lack'] : []);
  }
});

test('a newest snapshot for which very many files, or most, could not be read is told until one has them', () => {
  const scene = calm();
  const { world, site } = scene;
  const told = (files: number, unsteady: number): readonly TroubleCode[] => {
    world.at += HOUR_MS;
    copyTo(scene, take(scene, { files, unsteady }), site);
    return codes(scene);
  };
  assert.deepEqual(told(900_000, 10_001), ['files-unread']);
  assert.deepEqual(told(900_000, 10_000), [], 'of a live project some always change');
  assert.deepEqual(told(2, 3), ['files-unread']);
  assert.deepEqual(told(3, 3), []);
});

test('a vault with no copy at all is behind from when the policy was set', () => {
  const scene = calm();
  const { world, policy, project, rack } = scene;
  const third = newId(world, 'vault');
  const place = { name: 'third', nature: 'site', address: 'https://x/', locks: 'root', lockDays: 30 } as const;
  ask(world, { kind: 'enrol-vault', vault: third, ...place });
  const wanted = { everyMs: 4 * HOUR_MS, keepDays: 60, rpoMs: 6 * HOUR_MS, rtoMs: DAY_MS };
  ask(world, { kind: 'set-policy', policy, project, name: 'all', vaults: [rack, third], ...wanted });
  assert.deepEqual(codes(scene), []);
  world.at += 7 * HOUR_MS;
  take(scene);
  assert.deepEqual(codes(scene), ['copy-behind']);
});

test('a drill that failed stands until one from the same vault holds; a bounded one is a note', () => {
  const scene = calm();
  scene.world.at += HOUR_MS;
  drill(scene, scene.site, { held: false, failed: 2, failures: [{ path: 'media/secret.mov', why: 'gone' }] });
  drill(scene, scene.rack, { held: true });
  const [found] = backupTroubles(scene.world.state, scene.world.at, scene.world.at);
  assert.deepEqual([found?.code, found?.vault], ['drill-failed', scene.site]);
  assert.doesNotMatch(found?.says ?? '', /secret/, 'names of files are not told here');
  scene.world.at += 1;
  drill(scene, scene.site, { held: true, bounded: { plan: 'sample', files: 9, bytes: 9, roomBytes: 1 } });
  const left = backupTroubles(scene.world.state, scene.world.at, scene.world.at);
  assert.deepEqual(
    left.map(({ code, weight }) => [code, weight]),
    [['drill-room', 'note']],
  );
});

test('programs of others that ran without walls are a note, until they have them', () => {
  const scene = calm();
  const held = (second: object, media: object): readonly string[] => {
    scene.world.at += 1;
    const counted = { opened: 1, wrongFrames: 0, skipped: 0, tool: 'ffprobe 5', ...media };
    drill(scene, scene.rack, {
      held: true,
      second: { tool: 'restic 1', files: 1, failed: 0, ...second },
      media: counted,
    });
    return codes(scene);
  };
  assert.deepEqual(held({ walls: 'limited' }, { walls: 'limited' }), ['drill-walls']);
  assert.deepEqual(held({ walls: 'networked' }, { walls: 'none' }), ['drill-walls']);
  assert.deepEqual(held({ walls: 'networked' }, { walls: 'sealed' }), []);
  assert.deepEqual(held({}, {}), [], 'a record of a time when nobody asked');
});

test('a drill without the second tool is a note, of a project and of the facility, until one has it', () => {
  const scene = calm();
  scene.world.at += 1;
  drill(scene, scene.rack, { held: true }, {});
  drillFacility(scene, scene.site, {});
  const found = backupTroubles(scene.world.state, scene.world.at, scene.world.at);
  assert.deepEqual(
    found.map(({ code, weight, project, vault }) => [code, weight, project, vault]),
    [
      ['drill-second-tool', 'note', scene.project, scene.rack],
      ['drill-second-tool', 'note', undefined, scene.site],
    ],
  );
  scene.world.at += 1;
  drill(scene, scene.rack, { held: true });
  drillFacility(scene, scene.site, { second: SECOND });
  assert.deepEqual(codes(scene), []);
});

test('drills that are overdue, of a project and of the facility', () => {
  const scene = calm();
  const { world } = scene;
  const later = (days: number): void => {
    world.at += days * DAY_MS;
    copyTo(scene, take(scene), scene.site);
  };
  later(8);
  assert.deepEqual(codes(scene), [], 'within the grace');
  later(1);
  assert.deepEqual(codes(scene), ['drill-overdue']);
  later(24);
  assert.deepEqual(codes(scene), ['drill-overdue', 'facility-drill-overdue', 'facility-drill-overdue']);
});

test('the facility itself: never copied, failing, not brought back', () => {
  const scene = calm();
  const { world, policy, project, rack } = scene;
  const third = newId(world, 'vault');
  const place = { name: 'third', nature: 'local', address: 'file:///x/', locks: 'service', lockDays: 30 } as const;
  ask(world, { kind: 'enrol-vault', vault: third, ...place });
  const wanted = { everyMs: 4 * HOUR_MS, keepDays: 60, rpoMs: 6 * HOUR_MS, rtoMs: DAY_MS };
  ask(world, { kind: 'set-policy', policy, project, name: 'all', vaults: [rack, third], ...wanted });
  assert.deepEqual(codes(scene), ['facility-not-copied']);
  for (let tries = 1; tries <= COPY_TRIES_MAX; tries += 1)
    ask(world, { kind: 'record-copy-failure', vault: third, code: 'disk-full', says: 'full', tries });
  assert.deepEqual(codes(scene), ['facility-copy-failing']);
  copyFacility(scene, third);
  const failed = { snapshot: HASH, files: 0, bytes: 0, ms: 1, held: false, why: 'no room' };
  ask(world, { kind: 'record-facility-drill', vault: third, ...failed });
  assert.deepEqual(codes(scene), ['facility-drill-failed']);
});

test('a vault that fills itself: its copy of the facility was seen within days, or somebody has to look', () => {
  const scene = calm();
  const { world } = scene;
  const far = newId(world, 'vault');
  const place = { name: 'far', nature: 'site', address: 'https://far/', locks: 'root', lockDays: 30 } as const;
  ask(world, { kind: 'enrol-vault', vault: far, ...place });
  assert.deepEqual(codes(scene), []);
  world.at += 2 * DAY_MS + 1;
  copyTo(scene, take(scene), scene.site);
  assert.deepEqual(codes(scene), ['facility-not-seen']);
  copyFacility(scene, far);
  assert.deepEqual(codes(scene), []);
});

test('shares that were never made, and a vault that came after them', () => {
  const scene = calm();
  assert.deepEqual(codes(scene, 'never'), ['escrow-missing']);
  assert.deepEqual(codes(scene, scene.world.at - 1), ['escrow-old']);
  assert.deepEqual(
    backupTroubles(scene.world.state, scene.world.at).map(({ code }) => code),
    [],
    'where nobody knows, nothing is said',
  );
});
