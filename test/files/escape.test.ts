/** Names, links and races against the workspace itself: nothing outside is ever read, listed, made, moved or removed. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import * as fc from 'fast-check';
import { openWorkspaces } from '#host/workspace/workspaces.ts';
import type { Place, Workspace } from '#ports/workspace.ts';
import { isRefused } from '#std/refused.ts';
import { newId } from './world.ts';

const SECRET = 'secret';
const ATTEMPTS = 4000;

async function besideASecret(
  run: (workspace: Workspace, at: { readonly inside: string; readonly outside: string }) => Promise<void>,
): Promise<void> {
  const base = mkdtempSync(join(tmpdir(), 'picturelock-escape-'));
  const outside = join(base, 'outside');
  mkdirSync(outside);
  writeFileSync(join(outside, 'secret.mov'), SECRET);
  const workspaces = openWorkspaces(join(base, 'workspaces'));
  const project = newId('project');
  const workspace = workspaces.open(project, ['media']);
  try {
    await run(workspace, { inside: join(base, 'workspaces', project, 'media'), outside });
    assert.deepEqual(readdirSync(outside), ['secret.mov']);
    assert.equal(readFileSync(join(outside, 'secret.mov'), 'utf8'), SECRET);
  } finally {
    await workspaces.close();
    rmSync(base, { recursive: true, force: true });
  }
}

function contentOf(workspace: Workspace, place: Place): string {
  const opened = workspace.open(place);
  if (isRefused(opened)) return opened.code;
  const into = Buffer.alloc(100);
  const count = opened.value.readSync(into, 0);
  opened.value.close();
  return into.toString('utf8', 0, count);
}

test('a swapper races every operation', () =>
  besideASecret(async (workspace, { inside, outside }) => {
    mkdirSync(join(inside, 'folder'));
    writeFileSync(join(inside, 'folder', 'secret.mov'), 'plain');
    writeFileSync(join(inside, 'file.mov'), 'plain');
    const worker = new Worker(new URL('swapper.ts', import.meta.url), { workerData: { base: inside, outside } });
    const seen = new Map<string, number>();
    const count = (what: string): void => void seen.set(what, (seen.get(what) ?? 0) + 1);
    for (let i = 0; i < ATTEMPTS; i += 1) {
      count(contentOf(workspace, ['media', 'folder', 'secret.mov']));
      count(contentOf(workspace, ['media', 'file.mov']));
      const made = await workspace.makeFolder(['media', 'folder', `made-${i % 10}`]).catch(() => undefined);
      if (made?.kind === 'ok') await workspace.removeFolder(['media', 'folder', `made-${i % 10}`]);
      if (i % 10 === 0) {
        const listed = await workspace.list(['media', 'folder'], 10);
        if (!isRefused(listed))
          assert.ok(listed.value.nodes.every((node) => node.sizeBytes === 0 || node.sizeBytes === 5));
      }
    }
    const swaps = new Promise<number>((resolve) => worker.once('message', resolve));
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
    worker.postMessage('stop');
    assert.ok((await swaps) > 1000);
    await worker.terminate();
    assert.equal(seen.get(SECRET), undefined, 'the outside was never read');
    assert.ok(
      (seen.get('plain') ?? 0) > 0 && (seen.get('not-found') ?? 0) + (seen.get('not-a-plain-file') ?? 0) > 0,
      JSON.stringify([...seen]),
    );
  }));

test('whatever the names are, nothing outside is reached', () =>
  besideASecret(async (workspace, { inside, outside }) => {
    symlinkSync(outside, join(inside, 'link'));
    symlinkSync(join(outside, 'secret.mov'), join(inside, 'link.mov'));
    const name = fc.oneof(
      fc.constantFrom(
        '..',
        '.',
        '',
        '/',
        'link',
        'link.mov',
        'media',
        'outside',
        'secret.mov',
        outside,
        '../../../outside',
        'a\0b',
        '.picturelock',
        'parts',
        '\ud800',
        '..\u0338',
      ),
      fc.string({ unit: 'binary', maxLength: 12 }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(name, { maxLength: 6 }), async (place) => {
        assert.notEqual(contentOf(workspace, place), SECRET);
        const listed = await workspace.list(place, 100);
        if (!isRefused(listed))
          assert.ok(listed.value.nodes.every((entry) => entry.name !== 'secret.mov' && entry.name !== '.picturelock'));
        const moved = await workspace.move(place, ['media', 'taken.mov']);
        assert.ok(moved.kind === 'refused' || place[0] === 'media', JSON.stringify(place));
        if (moved.kind === 'ok') await workspace.move(['media', 'taken.mov'], place);
      }),
      { numRuns: 500 },
    );
  }));

test('pipes and sockets are refused without waiting for them', () =>
  besideASecret(async (workspace, { inside }) => {
    execFileSync('mkfifo', [join(inside, 'pipe.mov')]);
    assert.equal(contentOf(workspace, ['media', 'pipe.mov']), 'not-a-plain-file');
    const listed = await workspace.list(['media'], 10);
    assert.deepEqual(listed.kind === 'ok' && listed.value.nodes, []);
  }));

test('a move never replaces, and leaves the file where it was', () =>
  besideASecret(async (workspace, { inside }) => {
    writeFileSync(join(inside, 'a.mov'), 'a');
    writeFileSync(join(inside, 'b.mov'), 'b');
    const moved = await workspace.move(['media', 'a.mov'], ['media', 'b.mov']);
    assert.equal(isRefused(moved) && moved.code, 'name-taken');
    assert.deepEqual(
      [readFileSync(join(inside, 'a.mov'), 'utf8'), readFileSync(join(inside, 'b.mov'), 'utf8')],
      ['a', 'b'],
    );
    assert.ok(existsSync(join(inside, 'a.mov')));
  }));

test('a claim is held against another process and dies with its holder', () =>
  besideASecret(async (workspace, { inside }) => {
    const upload = newId('upload');
    const release = workspace.claim(upload);
    assert.ok(release !== undefined);
    assert.equal(workspace.claim(upload), undefined);
    release();
    const room = join(inside, '..', '.picturelock', 'parts');
    for (const stale of ['999999999 x/1', `${process.pid} other-boot/1`, '', 'garbage']) {
      writeFileSync(join(room, `${upload}.claim`), stale);
      const again = workspace.claim(upload);
      assert.ok(again !== undefined, `stale: ${stale}`);
      again();
    }
    assert.deepEqual(readdirSync(room), []);
  }));
