/** Access that ends while a finished upload is still being hashed: nothing of it is published, and nothing of it is lost. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { createFileService } from '#gates/files/service.ts';
import type { Files } from '#gates/files/service.ts';
import type { PartFile, Workspaces } from '#ports/workspace.ts';
import type { RoleId } from '#std/ids.ts';
import { buildWorld, codeOf, movie, must, newId, random, upload } from './world.ts';
import type { Guest, World } from './world.ts';

const HOUR_MS = 3_600_000;

/** The real workspaces, of which each hash waits until the test lets it go on: a file of many minutes in no time. */
class SlowHashes {
  readonly workspaces: Workspaces;
  #begun = Promise.withResolvers<void>();
  #goOn = Promise.withResolvers<void>();

  constructor(real: Workspaces) {
    this.workspaces = around(real, {
      open: (...args: Parameters<Workspaces['open']>) => this.#workspace(real.open(...args)),
    });
  }

  #workspace(real: ReturnType<Workspaces['open']>): ReturnType<Workspaces['open']> {
    return around(real, {
      createPart: (...args: Parameters<typeof real.createPart>) => this.#part(real.createPart(...args)),
      openPart: (...args: Parameters<typeof real.openPart>) => {
        const part = real.openPart(...args);
        return part === undefined ? undefined : this.#part(part);
      },
    });
  }

  #part(real: PartFile): PartFile {
    return around(real, {
      digest: async (sizeBytes: number) => {
        this.#begun.resolve();
        await this.#goOn.promise;
        return real.digest(sizeBytes);
      },
    });
  }

  get begun(): Promise<void> {
    return this.#begun.promise;
  }

  goOn(): void {
    this.#goOn.resolve();
  }
}

/** The same object but for some methods. */
function around<T extends object>(real: T, instead: Partial<T>): T {
  return new Proxy(real, {
    get(target, name) {
      const own: unknown = Reflect.get(name in instead ? instead : target, name);
      return typeof own === 'function' ? own.bind(name in instead ? instead : target) : own;
    },
  });
}

interface Scene {
  readonly world: World;
  readonly editor: Guest;
  readonly slow: SlowHashes;
  readonly files: Files;
  end(): Promise<void>;
}

async function inScene(run: (scene: Scene) => Promise<void>): Promise<void> {
  const world = await buildWorld();
  try {
    const editor = await world.guest('editor');
    const slow = new SlowHashes(world.workspaces);
    const files = createFileService({ engine: world.engine, workspaces: slow.workspaces, clock: world.clock, random });
    const end = () =>
      world.do({ kind: 'end-engagement', engagement: editor.engagement, because: 'button', cut: newId('cut') });
    await run({ world, editor, slow, files, end });
  } finally {
    await world.close();
  }
}

/** After the end of the engagement no entry says that a file came to be. */
function nothingCame({ world }: Scene, path: string): void {
  assert.ok(!existsSync(world.place(path)), 'it has its name');
  const kinds = world.kinds('');
  assert.ok(!kinds.slice(kinds.indexOf('engagement.ended')).includes('file.accepted'));
  const [refused] = world.entries('access.refused');
  assert.deepEqual([refused?.about.path, refused?.data.action], [path, 'file.write']);
  assert.equal(world.hidden('parts').length > 0, true, 'the bytes are kept');
}

async function again({ world, editor }: Scene): Promise<Guest['actor']> {
  const from = world.clock.now();
  const role = 'editor' as RoleId; // a built-in role
  const given = { engagement: newId('engagement'), person: editor.person, project: world.alpha, role };
  await world.do({ kind: 'give-engagement', ...given, from, until: from + HOUR_MS });
  return editor.actor;
}

test('an upload whose hashing outlives the engagement is kept aside, and goes on when she is back', () =>
  inScene(async (scene) => {
    const { world, editor, slow, files } = scene;
    const bytes = movie(200_000);
    const sizeBytes = bytes.byteLength;
    const handle = must(await files.openWrite(editor.actor, world.alpha, 'incoming/reel.mov', { sizeBytes }));
    handle.writeSync(bytes, 0);
    const finishing = handle.finish();
    await slow.begun;
    await scene.end();
    slow.goOn();
    assert.equal(codeOf(await finishing), 'engagement-ended');
    nothingCame(scene, 'incoming/reel.mov');
    const actor = await again(scene);
    const resumed = must(await files.openWrite(actor, world.alpha, 'incoming/reel.mov', { sizeBytes, resume: true }));
    assert.equal(resumed.offset, sizeBytes);
    must(await resumed.finish());
    assert.ok(readFileSync(world.place('incoming/reel.mov')).equals(bytes));
  }));

test('a rename that finishes an upload is refused too, and the old name still holds all of it', () =>
  inScene(async (scene) => {
    const { world, editor, slow, files } = scene;
    const bytes = movie(200_000);
    await upload(world, editor, 'incoming/reel.mov.filepart', bytes);
    const renaming = files.move(editor.actor, world.alpha, 'incoming/reel.mov.filepart', 'incoming/reel.mov');
    await slow.begun;
    await scene.end();
    slow.goOn();
    assert.equal(codeOf(await renaming), 'engagement-ended');
    nothingCame(scene, 'incoming/reel.mov');
    const actor = await again(scene);
    must(await files.move(actor, world.alpha, 'incoming/reel.mov.filepart', 'incoming/reel.mov'));
    assert.ok(readFileSync(world.place('incoming/reel.mov')).equals(bytes));
  }));

test('a rename onto a name that is taken can be made again to another', () =>
  inScene(async ({ world, editor, slow, files }) => {
    slow.goOn();
    await upload(world, editor, 'incoming/a.mov', movie(1_000));
    await upload(world, editor, 'incoming/b.mov.filepart', movie(2_000));
    const taken = await files.move(editor.actor, world.alpha, 'incoming/b.mov.filepart', 'incoming/a.mov');
    assert.equal(codeOf(taken), 'name-taken');
    must(await files.move(editor.actor, world.alpha, 'incoming/b.mov.filepart', 'incoming/b.mov'));
    assert.ok(existsSync(world.place('incoming/b.mov')));
  }));

test('what would have been replaced stays', () =>
  inScene(async (scene) => {
    const { world, editor, slow, files } = scene;
    const former = movie(1_000);
    await upload(world, editor, 'review/reel.mov', former);
    const handle = must(await files.openWrite(editor.actor, world.alpha, 'review/reel.mov', { replace: true }));
    handle.writeSync(movie(2_000), 0);
    const finishing = handle.finish();
    await slow.begun;
    await scene.end();
    slow.goOn();
    assert.equal(codeOf(await finishing), 'engagement-ended');
    assert.ok(readFileSync(world.place('review/reel.mov')).equals(former));
    assert.deepEqual(world.hidden('bin'), []);
  }));
