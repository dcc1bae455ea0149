import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, linkSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { xxh64 } from '@node-rs/xxhash';
import { Fault, isRefused } from '#std/refused.ts';
import { buildWorld, codeOf, movie, must, newId, upload } from './world.ts';
import type { World } from './world.ts';

async function inWorld(run: (world: World) => Promise<void>): Promise<void> {
  const world = await buildWorld();
  try {
    await run(world);
  } finally {
    await world.close();
  }
}

test('an upload is recorded before its bytes, unseen until complete, then accepted with its hashes', () =>
  inWorld(async (world) => {
    const editor = await world.guest('editor');
    const bytes = movie(300_000);
    const handle = must(
      await world.files.openWrite(editor.actor, world.alpha, 'incoming/a.mov', { sizeBytes: bytes.byteLength }),
    );
    assert.deepEqual(world.kinds('file.'), ['file.write-opened']);
    handle.writeSync(bytes.subarray(0, 100_000), 0);
    assert.ok(!existsSync(world.place('incoming/a.mov')));
    await handle.write(bytes.subarray(100_000), 100_000);
    assert.equal(must(await world.files.list(editor.actor, world.alpha, 'incoming', true)).entries.length, 0);
    const finished = must(await handle.finish());
    assert.equal(finished.sha256, createHash('sha256').update(bytes).digest('hex'));
    assert.equal(finished.xxh64, xxh64(bytes).toString(16).padStart(16, '0'));
    assert.ok(readFileSync(world.place('incoming/a.mov')).equals(bytes));
    assert.deepEqual(world.kinds('file.'), ['file.write-opened', 'file.write-closed', 'file.accepted']);
    const [accepted] = world.entries('file.accepted');
    assert.equal(accepted?.data.type, 'quicktime');
    assert.equal(accepted?.about.path, 'incoming/a.mov');
    assert.equal(accepted?.by.engagement, editor.engagement);
    assert.deepEqual(world.hidden('parts'), []);
    const [shown] = must(await world.files.list(editor.actor, world.alpha, 'incoming', true)).entries;
    assert.equal(shown?.sha256, finished.sha256);
  }));

test('a read is recorded before its bytes and accounted for at its close', () =>
  inWorld(async (world) => {
    const editor = await world.guest('editor');
    const bytes = movie(200_000);
    await upload(world, editor, 'incoming/a.mov', bytes);
    const handle = must(await world.files.openRead(editor.actor, world.alpha, 'incoming/a.mov'));
    assert.equal(world.entries('file.read-opened')[0]?.data.sizeBytes, 200_000);
    const into = Buffer.alloc(150_000);
    assert.equal(handle.readSync(into, 0), 150_000);
    assert.equal(await handle.read(into, 150_000), 50_000);
    assert.ok(into.subarray(0, 50_000).equals(bytes.subarray(150_000)));
    await handle.close();
    const [closed] = world.entries('file.read-closed');
    assert.deepEqual([closed?.data.bytes, closed?.data.complete], [200_000, true]);
    assert.equal(closed?.data.xxh64, xxh64(bytes).toString(16).padStart(16, '0'));
    await assert.rejects(async () => handle.read(into, 0), Fault);
  }));

test('a range gives its bytes and no others', () =>
  inWorld(async (world) => {
    const editor = await world.guest('editor');
    await upload(world, editor, 'incoming/a.mov', movie(1000));
    const handle = must(
      await world.files.openRead(editor.actor, world.alpha, 'incoming/a.mov', { start: 100, end: 200 }),
    );
    const into = Buffer.alloc(1000);
    assert.equal(handle.readSync(into, 100), 100);
    assert.equal(handle.readSync(into, 0), 0);
    assert.equal(handle.readSync(into, 200), 0);
    await handle.close();
    assert.deepEqual(
      [world.entries('file.read-opened')[0]?.data.start, world.entries('file.read-closed')[0]?.data.xxh64],
      [100, undefined],
    );
  }));

const REFUSALS: readonly (readonly [role: string, act: string, path: string, code: string])[] = [
  ['editor', 'write', 'media/a.mov', 'folder-not-in-role'],
  ['client-reviewer', 'read', 'media/a.mov', 'folder-not-in-role'],
  ['client-reviewer', 'list', 'media', 'folder-not-in-role'],
  ['editor', 'write', 'a.mov', 'workspace-root'],
  ['editor', 'write', 'incoming/../media/a.mov', 'name-not-portable'],
  ['editor', 'read', '../other/a.mov', 'name-not-portable'],
  ['editor', 'read', '/etc/passwd', 'name-not-portable'],
  ['editor', 'read', 'media/a\0.mov', 'name-not-portable'],
  ['editor', 'read', '.picturelock/parts/x', 'name-not-portable'],
  ['editor', 'read', '.PictureLock/bin', 'name-not-portable'],
  ['editor', 'write', 'incoming/CON.mov', 'name-not-portable'],
  ['editor', 'write', 'incoming/a.mov.', 'name-not-portable'],
  ['editor', 'write', 'incoming/a:b.mov', 'name-not-portable'],
  ['editor', 'write', 'incoming/\ud800.mov', 'name-not-portable'],
  ['editor', 'write', `incoming/${'é'.repeat(130)}.mov`, 'name-not-portable'],
  ['editor', 'write', 'incoming/virus.exe', 'type-not-allowed'],
  ['editor', 'write', 'incoming/none', 'type-not-allowed'],
  ['editor', 'write', 'incoming/missing/a.mov', 'folder-missing'],
  ['editor', 'read', 'incoming/none.mov', 'not-found'],
  ['editor', 'read', 'incoming', 'not-a-file'],
  ['editor', 'list', 'incoming/none', 'not-found'],
  ['producer', 'write', 'incoming/a.mov', 'role-lacks-action'],
];

test('refusals', async (t) => {
  const world = await buildWorld();
  for (const [role, act, path, code] of REFUSALS) {
    await t.test(`${role} ${act} ${JSON.stringify(path).slice(0, 60)} -> ${code}`, async () => {
      const { actor } = await world.guest(role);
      const outcome =
        act === 'write'
          ? await world.files.openWrite(actor, world.alpha, path, {})
          : act === 'read'
            ? await world.files.openRead(actor, world.alpha, path)
            : await world.files.list(actor, world.alpha, path, true);
      assert.equal(codeOf(outcome), code);
      assert.ok(isRefused(outcome) && outcome.message.length > 10);
    });
  }
  assert.deepEqual(
    world.entries('access.refused').map((entry) => entry.data.rule),
    ['folder-not-in-role', 'folder-not-in-role', 'folder-not-in-role', 'workspace-root', 'role-lacks-action'],
  );
  assert.deepEqual(world.kinds('file.'), []);
  await world.close();
});

test('links, and files with two names, are neither shown nor opened', () =>
  inWorld(async (world) => {
    const editor = await world.guest('editor');
    await upload(world, editor, 'incoming/a.mov', movie(100));
    writeFileSync(`${world.folder}/secret`, 'secret');
    symlinkSync(`${world.folder}/secret`, world.place('incoming/link.mov'));
    symlinkSync('/etc', world.place('incoming/etc'));
    linkSync(`${world.folder}/secret`, world.place('incoming/hard.mov'));
    for (const path of ['incoming/link.mov', 'incoming/hard.mov', 'incoming/etc/passwd', 'incoming/etc']) {
      assert.equal(codeOf(await world.files.openRead(editor.actor, world.alpha, path)), 'not-a-plain-file', path);
    }
    assert.equal(
      codeOf(await world.files.openWrite(editor.actor, world.alpha, 'incoming/etc/x.mov', {})),
      'not-a-plain-file',
    );
    assert.equal(
      codeOf(await world.files.openWrite(editor.actor, world.alpha, 'incoming/link.mov', { replace: true })),
      'not-a-plain-file',
    );
    assert.deepEqual(
      must(await world.files.list(editor.actor, world.alpha, 'incoming', false)).entries.map((entry) => entry.name),
      ['a.mov'],
    );
  }));

test('a name that differs only in case or normal form is refused', () =>
  inWorld(async (world) => {
    const editor = await world.guest('editor');
    await upload(world, editor, 'incoming/caf\u00e9.mov', movie(100));
    for (const name of ['cafe\u0301.mov', 'CAF\u00c9.MOV']) {
      assert.equal(
        codeOf(await world.files.openWrite(editor.actor, world.alpha, `incoming/${name}`, {})),
        'name-clash',
      );
      assert.equal(codeOf(await world.files.makeFolder(editor.actor, world.alpha, `incoming/${name}`)), 'name-clash');
    }
    must(await world.files.move(editor.actor, world.alpha, 'incoming/caf\u00e9.mov', 'incoming/Cafe\u0301.mov'));
    assert.ok(existsSync(world.place('incoming/Cafe\u0301.mov')));
  }));

test('a file that is not what its name says is set aside, with an entry', () =>
  inWorld(async (world) => {
    const editor = await world.guest('editor');
    const handle = must(await world.files.openWrite(editor.actor, world.alpha, 'incoming/a.mov', {}));
    handle.writeSync(Buffer.from('MZ this is a program'), 0);
    assert.equal(codeOf(await handle.finish()), 'type-mismatch');
    assert.ok(!existsSync(world.place('incoming/a.mov')));
    assert.equal(world.entries('file.set-aside')[0]?.data.why, 'type-mismatch');
    const [aside] = must(await world.files.listSetAside(editor.actor, world.alpha));
    assert.deepEqual([aside?.path, aside?.sizeBytes, aside?.by], ['incoming/a.mov', 20, editor.person]);
    assert.deepEqual(world.hidden('parts'), []);
    assert.equal(world.hidden('aside').length, 2);
  }));

test('bytes out of order and written over are hashed as they finally are; gaps are refused and kept', () =>
  inWorld(async (world) => {
    const editor = await world.guest('editor');
    const bytes = movie(3_000_000);
    const handle = must(await world.files.openWrite(editor.actor, world.alpha, 'incoming/a.mov', {}));
    handle.writeSync(bytes.subarray(2_000_000), 2_000_000);
    handle.writeSync(Buffer.alloc(1_500_000, 7), 0);
    handle.writeSync(bytes.subarray(0, 1_000_000), 0);
    assert.equal(codeOf(await handle.finish()), 'incomplete');
    const again = must(await world.files.openWrite(editor.actor, world.alpha, 'incoming/a.mov', { resume: true }));
    assert.equal(again.offset, 1_500_000);
    again.writeSync(bytes.subarray(1_000_000), 1_000_000);
    assert.equal(must(await again.finish()).sha256, createHash('sha256').update(bytes).digest('hex'));
    assert.ok(readFileSync(world.place('incoming/a.mov')).equals(bytes));
  }));

test('pause and resume: stat shows the part to its owner only, and one writer at a time', () =>
  inWorld(async (world) => {
    const [editor, other] = [await world.guest('editor'), await world.guest('editor')];
    const bytes = movie(50_000);
    const handle = must(await world.files.openWrite(editor.actor, world.alpha, 'incoming/a.mov', {}));
    handle.writeSync(bytes.subarray(0, 20_000), 0);
    assert.equal(
      codeOf(await world.files.openWrite(editor.actor, world.alpha, 'incoming/a.mov', { upload: handle.upload })),
      'upload-busy',
    );
    await handle.pause();
    assert.equal(must(await world.files.stat(editor.actor, world.alpha, 'incoming/a.mov')).sizeBytes, 20_000);
    assert.equal(codeOf(await world.files.stat(other.actor, world.alpha, 'incoming/a.mov')), 'not-found');
    assert.equal(
      codeOf(await world.files.openWrite(other.actor, world.alpha, 'incoming/a.mov', { upload: handle.upload })),
      'upload-unknown',
    );
    assert.equal(codeOf(await world.files.uploadStatus(other.actor, world.alpha, handle.upload)), 'upload-unknown');
    const again = must(await world.files.openWrite(editor.actor, world.alpha, 'incoming/a.mov', { resume: true }));
    assert.deepEqual([again.upload, again.offset], [handle.upload, 20_000]);
    again.writeSync(bytes.subarray(20_000), 20_000);
    must(await again.finish());
    assert.ok(must(await world.files.uploadStatus(editor.actor, world.alpha, handle.upload)).finished);
  }));

test('an unfinished name stays unseen until its client renames it', () =>
  inWorld(async (world) => {
    const [editor, other] = [await world.guest('editor'), await world.guest('editor')];
    const bytes = movie(10_000);
    await upload(world, editor, 'incoming/a.mov.1a2b3c4d.partial', bytes);
    assert.deepEqual(must(await world.files.list(other.actor, world.alpha, 'incoming', false)).entries, []);
    assert.equal(must(await world.files.list(editor.actor, world.alpha, 'incoming', false)).entries.length, 1);
    assert.equal(
      must(await world.files.stat(editor.actor, world.alpha, 'incoming/a.mov.1a2b3c4d.partial')).sizeBytes,
      10_000,
    );
    assert.equal(
      codeOf(await world.files.move(other.actor, world.alpha, 'incoming/a.mov.1a2b3c4d.partial', 'incoming/a.mov')),
      'not-found',
    );
    must(await world.files.move(editor.actor, world.alpha, 'incoming/a.mov.1a2b3c4d.partial', 'incoming/a.mov'));
    assert.equal(world.entries('file.accepted')[0]?.about.path, 'incoming/a.mov');
    assert.ok(readFileSync(world.place('incoming/a.mov')).equals(bytes));
    await upload(world, editor, 'incoming/b.mov.filepart', bytes);
    must(await world.files.bin(editor.actor, world.alpha, 'incoming/b.mov.filepart'));
    assert.deepEqual(world.hidden('parts'), []);
  }));

test('a taken name is refused; replacing needs the right to delete and fills the bin', () =>
  inWorld(async (world) => {
    const editor = await world.guest('editor');
    const first = movie(1000);
    await upload(world, editor, 'review/a.mov', first);
    assert.equal(codeOf(await world.files.openWrite(editor.actor, world.alpha, 'review/a.mov', {})), 'name-taken');
    const second = movie(2000);
    const handle = must(await world.files.openWrite(editor.actor, world.alpha, 'review/a.mov', { replace: true }));
    handle.writeSync(second, 0);
    must(await handle.finish());
    assert.ok(readFileSync(world.place('review/a.mov')).equals(second));
    const [binned] = must(await world.files.listBin(editor.actor, world.alpha));
    assert.deepEqual([binned?.path, binned?.sizeBytes], ['review/a.mov', 1000]);
    await upload(world, editor, 'incoming/a.mov', first);
    assert.equal(
      codeOf(await world.files.openWrite(editor.actor, world.alpha, 'incoming/a.mov', { replace: true })),
      'folder-not-in-role',
    );
  }));

test('the name was taken meanwhile: the upload stays whole and can be finished under it later', () =>
  inWorld(async (world) => {
    const [one, two] = [await world.guest('editor'), await world.guest('editor')];
    const bytes = movie(5000);
    const late = must(await world.files.openWrite(one.actor, world.alpha, 'review/a.mov', { sizeBytes: 5000 }));
    late.writeSync(bytes, 0);
    await upload(world, two, 'review/a.mov', movie(10));
    assert.equal(codeOf(await late.finish()), 'name-taken');
    must(await world.files.bin(two.actor, world.alpha, 'review/a.mov'));
    const again = must(await world.files.openWrite(one.actor, world.alpha, 'review/a.mov', { upload: late.upload }));
    assert.equal(again.offset, 5000);
    must(await again.finish());
    assert.ok(readFileSync(world.place('review/a.mov')).equals(bytes));
  }));

test('bin and back, folders whole, and only with the rights', () =>
  inWorld(async (world) => {
    const [editor, reviewer] = [await world.guest('editor'), await world.guest('client-reviewer')];
    must(await world.files.makeFolder(editor.actor, world.alpha, 'review/day 1'));
    await upload(world, editor, 'review/day 1/a.mov', movie(1000));
    assert.equal(codeOf(await world.files.removeFolder(editor.actor, world.alpha, 'review/day 1')), 'folder-not-empty');
    assert.equal(codeOf(await world.files.bin(reviewer.actor, world.alpha, 'review/day 1')), 'role-lacks-action');
    const binned = must(await world.files.bin(editor.actor, world.alpha, 'review/day 1'));
    assert.equal(binned.sizeBytes, 1000);
    assert.ok(!existsSync(world.place('review/day 1')));
    must(await world.files.unbin(editor.actor, world.alpha, binned.id));
    assert.ok(existsSync(world.place('review/day 1/a.mov')));
    assert.deepEqual(must(await world.files.listBin(editor.actor, world.alpha)), []);
    assert.equal(codeOf(await world.files.unbin(editor.actor, world.alpha, binned.id)), 'not-found');
    assert.equal(codeOf(await world.files.unbin(editor.actor, world.alpha, newId('binned'))), 'not-found');
    must(await world.files.bin(editor.actor, world.alpha, 'review/day 1/a.mov'));
    must(await world.files.removeFolder(editor.actor, world.alpha, 'review/day 1'));
    assert.deepEqual(world.kinds('folder.m').concat(world.kinds('folder.r')), ['folder.made', 'folder.removed']);
  }));

test('a move needs the right at both ends and cannot smuggle a type in', () =>
  inWorld(async (world) => {
    const [editor, assistant] = [await world.guest('editor'), await world.guest('assistant-editor')];
    await upload(world, editor, 'incoming/a.mov', movie(1000));
    assert.equal(
      codeOf(await world.files.move(editor.actor, world.alpha, 'incoming/a.mov', 'media/a.mov')),
      'folder-not-in-role',
    );
    assert.equal(
      codeOf(await world.files.move(assistant.actor, world.alpha, 'incoming/a.mov', 'media/a.exe')),
      'type-not-allowed',
    );
    assert.equal(
      codeOf(await world.files.move(assistant.actor, world.alpha, 'incoming/a.mov', 'media/a.exr')),
      'type-mismatch',
    );
    assert.equal(
      codeOf(await world.files.move(assistant.actor, world.alpha, 'incoming/a.mov', 'media/no/a.mov')),
      'folder-missing',
    );
    must(await world.files.move(assistant.actor, world.alpha, 'incoming/a.mov', 'media/A001.mov'));
    assert.ok(existsSync(world.place('media/A001.mov')));
    assert.equal(must(await world.files.stat(assistant.actor, world.alpha, 'media/A001.mov')).sha256?.length, 64);
    must(await world.files.makeFolder(assistant.actor, world.alpha, 'media/reel'));
    assert.equal(
      codeOf(await world.files.move(assistant.actor, world.alpha, 'media/reel', 'media/reel/in')),
      'into-itself',
    );
    assert.equal(
      codeOf(await world.files.move(assistant.actor, world.alpha, 'media', 'incoming/media')),
      'workspace-root',
    );
  }));

test('handles die with the engagement, at its clock and when the engine is lost', () =>
  inWorld(async (world) => {
    const editor = await world.guest('editor', { forMs: 1000 });
    await upload(world, editor, 'incoming/a.mov', movie(1000));
    const read = must(await world.files.openRead(editor.actor, world.alpha, 'incoming/a.mov'));
    const write = must(await world.files.openWrite(editor.actor, world.alpha, 'incoming/b.mov', {}));
    read.readSync(new Uint8Array(10), 0);
    write.writeSync(movie(100), 0);
    const past = performance.now() + 3000;
    let failure: unknown;
    while (failure === undefined && performance.now() < past) {
      try {
        read.readSync(new Uint8Array(1), 0);
        await new Promise((resolve) => setTimeout(resolve, 20));
      } catch (error) {
        failure = error;
      }
    }
    assert.ok(failure instanceof Fault && failure.code === 'access-ended');
    assert.throws(() => write.writeSync(new Uint8Array(1), 100), /engagement|ended/i);
    assert.equal(codeOf(await write.finish()), 'engagement-ended');
    await read.close();
  }));

test('the sweep empties what has had its time and leaves the rest', async () => {
  let ahead = 0;
  const clock = { now: () => Date.now() + ahead, monotonic: () => performance.now(), atTime: () => () => undefined };
  const world = await buildWorld({ clock });
  const editor = await world.guest('editor', { forMs: 200 * 86_400_000 });
  await upload(world, editor, 'review/a.mov', movie(1000));
  must(await world.files.bin(editor.actor, world.alpha, 'review/a.mov'));
  const handle = must(await world.files.openWrite(editor.actor, world.alpha, 'incoming/b.mov', {}));
  const held = must(await world.files.openWrite(editor.actor, world.alpha, 'incoming/c.mov', {}));
  await handle.pause();
  const program = must(await world.files.openWrite(editor.actor, world.alpha, 'incoming/virus.mov', {}));
  program.writeSync(Buffer.from('\x7fELF, not a film at all'), 0);
  assert.equal(codeOf(await program.finish()), 'type-mismatch');
  const asides = async () => must(await world.files.listSetAside(editor.actor, world.alpha));
  assert.deepEqual(
    (await asides()).map(({ path, at, keptUntil }) => [path, keptUntil - at]),
    [['incoming/virus.mov', 30 * 86_400_000]],
  );
  assert.deepEqual(await world.files.sweep(), { purged: 0, dropped: 0 });
  ahead = 31 * 86_400_000;
  assert.deepEqual(await world.files.sweep(), { purged: 2, dropped: 1 });
  assert.deepEqual(world.hidden('aside'), []);
  const [purged] = world.entries('file.aside-purged');
  assert.deepEqual([purged?.about.path, purged?.by.service], ['incoming/virus.mov', 'clock']);
  assert.deepEqual(
    [world.hidden('bin'), world.kinds('file.p'), world.kinds('upload.')],
    [[], ['file.purged'], ['upload.dropped']],
  );
  assert.equal(world.hidden('parts').length, 3);
  await held.drop();
  await world.close();
});

test('hashing goes on over pauses, and begins anew when what was hashed is written over', () =>
  inWorld(async (world) => {
    const editor = await world.guest('editor');
    const [old, bytes] = [movie(16 << 20), movie(16 << 20)];
    const open = async () =>
      must(await world.files.openWrite(editor.actor, world.alpha, 'incoming/a.mov', { resume: true }));
    for (const [chunk, position] of [
      [old.subarray(0, 8 << 20), 0],
      [bytes.subarray(0, 6 << 20), 0],
      [bytes.subarray(6 << 20, 12 << 20), 6 << 20],
    ] as const) {
      const handle = await open();
      handle.writeSync(chunk, position);
      await handle.pause();
    }
    const last = await open();
    assert.equal(last.offset, 12 << 20);
    last.writeSync(bytes.subarray(12 << 20), 12 << 20);
    assert.equal(must(await last.finish()).sha256, createHash('sha256').update(bytes).digest('hex'));
    assert.ok(readFileSync(world.place('incoming/a.mov')).equals(bytes));
  }));
