/** Bytes that are not what was written: a torn tail is cut off, damage in the middle halts, an older copy is refused. */
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { cpSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createFacility, listed, owner } from '#engine/test-facility.ts';
import { openHostEngine } from '#host/engine/open-engine.ts';
import { openCommitLog } from '#host/ledger/commit-log.ts';
import { ledgerFolders } from '#host/ledger/ledger-folders.ts';
import { createNodeDisk } from '#host/ledger/node-disk.ts';
import { createRandom } from '#host/random.ts';
import { temporaryFolder } from './child.ts';
import { chanceFrom } from './seeded.ts';

const SEGMENT_BYTES = 64 * 1024;
const FRAMES = 60;
const random = createRandom();

const open = (folder: string) => openCommitLog({ disk: createNodeDisk(folder), random, segmentBytes: SEGMENT_BYTES });

async function filled(folder: string, frames = FRAMES, mark = 'entry'): Promise<void> {
  const log = await open(folder);
  for (let n = 0; n < frames; n += 1)
    await log.append([Buffer.from(`${mark} ${n} ${'y'.repeat(n * 11)}`), Buffer.from('second')]);
  await log.close();
}

test('one flipped bit anywhere before the last frame halts, and nothing is cut off', async (t) => {
  const folder = temporaryFolder('flip');
  t.after(() => folder.remove());
  await filled(folder.path);
  const path = join(folder.path, 'segment-000000000000');
  const whole = readFileSync(path);
  const starts = [...whole.toString('latin1').matchAll(/PLFRAME1/g)].map((match) => match.index);
  const lastFrame = starts.at(-1) ?? 0;
  const chance = chanceFrom(7);
  for (let round = 0; round < 80; round += 1) {
    const at = 512 + chance.whole(lastFrame - 512 - 8);
    const bytes = Buffer.from(whole);
    bytes[at] = (bytes[at] ?? 0) ^ (1 << chance.whole(8));
    writeFileSync(path, bytes);
    const isPadding = starts.some((start) => at >= start - 7 && at < start && whole[at] === 0);
    const opened = await open(folder.path).catch((cause: unknown) => cause);
    if (isPadding && !(opened instanceof Error)) continue; // the few zeros between frames say nothing
    assert.equal((opened as { code?: string }).code, 'ledger-damaged', `bit flipped at ${at}`);
    assert.ok(readFileSync(path).equals(bytes), 'the evidence is untouched');
  }
});

test('a torn last frame is cut off at any byte; what was before stays, and writing goes on', async (t) => {
  const folder = temporaryFolder('torn');
  t.after(() => folder.remove());
  await filled(folder.path, 6);
  const path = join(folder.path, 'segment-000000000000');
  const whole = readFileSync(path);
  const last = whole.lastIndexOf('PLFRAME1');
  const end = whole.findLastIndex((byte) => byte !== 0) + 1;
  for (let cut = last; cut < end; cut += 5) {
    const bytes = Buffer.from(whole);
    bytes.fill(0, cut);
    writeFileSync(path, bytes);
    const log = await open(folder.path);
    assert.equal(log.size, 10, `cut at ${cut}`);
    assert.ok(log.tornBytes <= cut - last);
    assert.deepEqual(await log.append([Buffer.from('next')]), { firstIndex: 10 });
    await log.close();
    const again = await open(folder.path);
    assert.equal(Buffer.from(await again.readOne(10)).toString(), 'next');
    await again.close();
  }
});

test('frames of another life of the file are not believed', async (t) => {
  const [folder, other] = [temporaryFolder('recycled'), temporaryFolder('other')];
  t.after(() => [folder.remove(), other.remove()]);
  await filled(folder.path, 5, 'mine!');
  await filled(other.path, 9, 'other');
  const [mine, theirs] = [folder, other].map(({ path }) => readFileSync(join(path, 'segment-000000000000')));
  assert.ok(mine !== undefined && theirs !== undefined);
  const end = mine.lastIndexOf('second') + 'second'.length + 32;
  theirs.copy(mine, Math.ceil(end / 8) * 8, Math.ceil(end / 8) * 8); // frames of the same lengths, so they even stand at the right place
  writeFileSync(join(folder.path, 'segment-000000000000'), mine);
  const log = await open(folder.path);
  assert.equal(log.size, 10);
  assert.ok(log.tornBytes > 0);
  await log.close();
});

test('a missing or shortened segment halts', async (t) => {
  const folder = temporaryFolder('missing');
  t.after(() => folder.remove());
  await filled(folder.path, 400);
  const names = readdirSync(folder.path)
    .filter((name) => name.startsWith('segment-'))
    .sort();
  assert.ok(names.length >= 3);
  const middle = join(folder.path, names[1] ?? '');
  const bytes = readFileSync(middle);
  truncateSync(middle, SEGMENT_BYTES / 2);
  await assert.rejects(open(folder.path), { code: 'ledger-damaged' });
  rmSync(middle);
  await assert.rejects(open(folder.path), { code: 'ledger-damaged' });
  writeFileSync(middle, bytes);
  await (await open(folder.path)).close();
});

test('an older copy of the ledger is refused, and so is another history of the same length', async (t) => {
  const folder = temporaryFolder('rollback');
  t.after(() => folder.remove());
  const { log } = ledgerFolders(folder.path);
  const backup = join(folder.path, 'backup');
  const life = async (count: number): Promise<void> => {
    const engine = await openHostEngine({ data: folder.path, segmentBytes: 6 * 2 ** 20 });
    if (engine.state().facility === undefined) await engine.command(createFacility(), { person: owner });
    const indexes = await engine.record(Array.from({ length: count }, (_, n) => listed(`media/${n}`)));
    await engine.sealed(indexes.at(-1) ?? 0);
    await engine.close();
  };
  const restart = () => openHostEngine({ data: folder.path, segmentBytes: 6 * 2 ** 20 });
  await life(300);
  cpSync(log, backup, { recursive: true });
  await life(300);
  const newest = join(folder.path, 'newest');
  cpSync(log, newest, { recursive: true });
  rmSync(log, { recursive: true });
  cpSync(backup, log, { recursive: true });
  await assert.rejects(restart(), { code: 'ledger-rolled-back' });

  const source = await openCommitLog({ disk: createNodeDisk(newest), random });
  rmSync(log, { recursive: true });
  cpSync(newest, log, { recursive: true });
  for (const name of readdirSync(log)) if (name.startsWith('segment-')) rmSync(join(log, name));
  const forged = await openCommitLog({ disk: createNodeDisk(log), random, segmentBytes: 6 * 2 ** 20 });
  for await (const { index, bytes } of source.read(0, source.size)) {
    await forged.append([
      index === 200 ? Buffer.from(Buffer.from(bytes).toString('utf8').replace('media/', 'video/')) : bytes,
    ]);
  }
  await forged.close();
  await source.close();
  await assert.rejects(restart(), { code: 'checkpoint-not-reproduced' });
});
