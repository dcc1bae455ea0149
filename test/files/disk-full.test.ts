/** A storage that is really full: a small memory file system. Needs the right to mount one. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { Fault } from '#std/refused.ts';
import { buildWorld, movie, must } from './world.ts';

const MAY_MOUNT = process.getuid?.() === 0 && existsSync('/bin/mount');

test(
  'a full disk: a clear fault, no half file, and the upload goes on when there is room',
  { skip: MAY_MOUNT ? false : 'needs root to mount a small disk' },
  async () => {
    const base = mkdtempSync(join(tmpdir(), 'picturelock-full-'));
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=6m', 'tmpfs', base]);
    const world = await buildWorld({ base: join(base, 'data') });
    try {
      const editor = await world.guest('editor');
      const bytes = movie(12 << 20);
      const handle = must(
        await world.files.openWrite(editor.actor, world.alpha, 'incoming/a.mov', { sizeBytes: bytes.byteLength }),
      );
      let sent = 0;
      assert.throws(
        () => {
          for (; sent < bytes.byteLength; sent += 1 << 20)
            handle.writeSync(bytes.subarray(sent, sent + (1 << 20)), sent);
        },
        (error) => error instanceof Fault && error.code === 'disk-full' && error.retry,
      );
      await handle.pause().catch((error: unknown) => assert.ok(error instanceof Fault && error.code === 'disk-full'));
      assert.ok(sent > 0 && !existsSync(world.place('incoming/a.mov')));
      assert.equal(world.entries('file.write-closed').at(-1)?.data.bytes, sent, 'accounted for all the same');
      const status = await overHttp(world.origin, editor.headers.authorization);
      assert.equal(status, 507);
      execFileSync('mount', ['-o', 'remount,size=64m', base]);
      const again = must(await world.files.openWrite(editor.actor, world.alpha, 'incoming/a.mov', { resume: true }));
      assert.ok(again.offset >= sent);
      again.writeSync(bytes.subarray(again.offset), again.offset);
      must(await again.finish());
      assert.ok(readFileSync(world.place('incoming/a.mov')).equals(bytes));
    } finally {
      await world.close();
      execFileSync('umount', ['-l', base]);
      rmSync(base, { recursive: true, force: true });
    }
  },
);

/** The status of an upload that does not fit. */
function overHttp(origin: string, authorization: string): Promise<number | undefined> {
  const metadata = Object.entries({ project: 'alpha', filename: 'b.mov' }).map(
    ([key, value]) => `${key} ${Buffer.from(value).toString('base64')}`,
  );
  const headers = {
    authorization,
    'tus-resumable': '1.0.0',
    'upload-length': String(3 << 20),
    'upload-metadata': metadata.join(','),
    'content-type': 'application/offset+octet-stream',
    'content-length': 3 << 20,
  };
  return new Promise((resolve, reject) => {
    const sent = request(`${origin}/uploads`, { method: 'POST', headers }, (answer) => {
      answer.resume();
      resolve(answer.statusCode);
    });
    sent.on('error', reject).end(movie(3 << 20));
  });
}
