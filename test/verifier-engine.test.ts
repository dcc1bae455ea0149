/** Bundles and the whole ledger of a real engine on a real disk: many writers, many seals, a restart. */
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { verifyAt } from '#host/evidence/verify-at.ts';
import { modelRules } from '#engine/model-rules.ts';
import { newId } from '#engine/test-facility.ts';
import { openHostEngine } from '#host/engine/open-engine.ts';
import type { HostEngine } from '#host/engine/open-engine.ts';
import { createBundleDesk } from '#host/evidence/bundle-desk.ts';
import { createSealedBundles } from '#host/evidence/sealed-bundles.ts';
import { openSigningKeys } from '#host/keys/signing-keys.ts';
import { openSubjectKeys } from '#host/keys/subject-keys.ts';
import { openLedgerFiles } from '#host/ledger/ledger-files.ts';
import type { Command } from '#model/commands.ts';
import type { Draft } from '#model/events.ts';
import type { SubjectKeys } from '#ports/subject-keys.ts';
import type { Id, PersonId, ProjectId } from '#std/ids.ts';
import { ok } from '#std/refused.ts';

const DAY = 86_400_000;
const SEGMENT_BYTES = 256 * 1024;
const owner = newId('person');

/** Who may ask is another test's matter; everything else here is the real engine. */
const rules = { ...modelRules, authorize: () => ok(undefined) };

async function must(engine: HostEngine, command: Command): Promise<void> {
  const outcome = await engine.command(command, { person: owner });
  if (outcome.kind === 'refused') assert.fail(`${command.kind}: ${outcome.message}`);
}

function read(project: ProjectId, person: PersonId, i: number): Draft {
  const data = { gate: 'sftp', complete: true, bytes: i, ms: 1 } as const;
  return {
    kind: 'file.read-closed',
    stream: project,
    by: { person },
    about: { project, person, path: `media/shot-${i}.exr` },
    data,
  };
}

interface Names {
  readonly alpha: ProjectId;
  readonly beta: ProjectId;
  readonly artist: PersonId;
}

/** A facility with two projects, an artist on one of them, and 1,500 writers at once. */
async function begin(engine: HostEngine, keys: SubjectKeys, { alpha, beta, artist }: Names): Promise<Id<'engagement'>> {
  const until = Date.now() + 20 * DAY;
  await must(engine, {
    kind: 'create-facility',
    name: 'Dailies',
    timeZone: 'Europe/London',
    origin: 'dailies.example/audit',
    owner,
    ownerName: keys.seal(owner, 'Olive Owner'),
    ownerRolesUntil: until,
    exception: newId('exception'),
  });
  await must(engine, {
    kind: 'add-person',
    person: artist,
    nature: 'human',
    name: keys.seal(artist, 'Arlo Artist'),
    roles: [],
  });
  for (const project of [alpha, beta]) {
    const alias = project === alpha ? 'alpha' : 'beta';
    await must(engine, {
      kind: 'create-project',
      project,
      alias,
      title: keys.seal(project, 'Secret Title'),
      level: 'standard',
      owner,
      folders: [],
    });
  }
  const engagement = newId('engagement');
  await must(engine, {
    kind: 'give-engagement',
    engagement,
    person: artist,
    project: alpha,
    role: 'editor' as never,
    from: Date.now(),
    until,
  });
  await Promise.all(
    Array.from({ length: 1500 }, (_, i) => engine.record([read(i % 3 === 0 ? beta : alpha, artist, i)])),
  );
  return engagement;
}

test('a real engine under many writers makes bundles that hold, and a ledger that verifies whole', async (t) => {
  const data = mkdtempSync(join(tmpdir(), 'picturelock-evidence-'));
  t.after(() => rmSync(data, { recursive: true, force: true }));
  const keys = openSubjectKeys(data);
  const [alpha, beta, artist] = [newId('project'), newId('project'), newId('person')];

  let engine = await openHostEngine({ data, rules, segmentBytes: SEGMENT_BYTES });
  t.after(() => engine.close().catch(() => undefined));
  const engagement = await begin(engine, keys, { alpha, beta, artist });
  await engine.close();

  engine = await openHostEngine({ data, rules, segmentBytes: SEGMENT_BYTES });
  await must(engine, { kind: 'end-engagement', engagement, because: 'button', cut: newId('cut') });
  const [last = 0] = await engine.record([read(alpha, artist, 9999)]);
  await engine.sealed(last);
  const { folders } = engine;

  const files = openLedgerFiles(folders);
  const bundles = createSealedBundles(files, keys, openSigningKeys(folders.keys));
  const outcome = await bundles.export(alpha, {});
  if (outcome.kind === 'refused') return assert.fail(outcome.message);
  const { zip, entryCount } = outcome.value;
  const { holds, lines } = await bundles.verify(zip);
  assert.equal(holds, true, lines.at(-1)?.text ?? '');
  assert.equal(entryCount, 1000 + 6); // project, workspace, engagement, its end, its cut, the last read
  const altered = Buffer.from(zip);
  altered[zip.byteLength >> 1] = (altered[zip.byteLength >> 1] ?? 0) ^ 1;
  assert.equal((await bundles.verify(altered)).holds, false);
  assert.equal(Buffer.from(zip).includes('Secret Title'), false);

  const desk = createBundleDesk(data);
  const [first, second, checked] = await Promise.all([
    desk.export(alpha, {}),
    desk.export(newId('project'), {}),
    desk.verify(Uint8Array.from(zip), undefined),
  ]);
  assert.equal(first.kind === 'ok' && first.value.sha256, outcome.value.sha256, 'the same bytes from another thread');
  assert.equal(second.kind === 'refused' && second.code, 'unknown-project');
  assert.equal(checked.holds, true);
  await files.close();
  await engine.close();

  await damageIsFound(data, folders.tiles);
});

async function damageIsFound(data: string, tiles: string): Promise<void> {
  const whole = await verifyAt(data, undefined);
  assert.equal(whole.holds, true, whole.lines.at(-1)?.text ?? '');
  assert.match(whole.lines.at(-1)?.text ?? '', /^3 streams are numbered without gaps/);

  const tile = join(tiles, 'tile', 'entries', '001');
  const bytes = readFileSync(tile);
  bytes[500] = (bytes[500] ?? 0) ^ 1;
  rmSync(tile);
  writeFileSync(tile, bytes);
  const damaged = await verifyAt(data, undefined);
  assert.equal(damaged.holds, false);
  assert.match(damaged.lines.at(-1)?.text ?? '', /entry \d+ in tile\/entries\/001/i);
}
