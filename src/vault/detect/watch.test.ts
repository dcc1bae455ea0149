import { zstdCompressSync } from 'node:zlib';
import { test } from 'node:test';
import assert from 'node:assert/strict';
import type { PastLooks } from '#vault/detect/past-looks.ts';
import { decodePast } from '#vault/detect/look-file.ts';
import { cameBack, sealedBytes } from '#vault/detect/test-looks.ts';
import type { Window } from '#vault/detect/planned-windows.ts';
import type { StructureLook } from '#vault/detect/structure/structure-look.ts';
import type { Suspicion } from '#vault/detect/suspicion.ts';
import { createWatch } from '#vault/detect/watch.ts';
import type { WalkedFile } from '#vault/engine/walk.ts';
import type { FileDone } from '#vault/engine/work.ts';
import type { TreeNode } from '#vault/format/tree-node.ts';

/** One file as a test draws it. */
interface Drawn {
  readonly content: string;
  readonly kind?: string;
  readonly verdict?: StructureLook['verdict'];
  readonly blocks?: number;
  readonly even?: number;
  readonly size?: number;
  readonly head?: string;
  /** Stored bytes by plain bytes. */
  readonly packed?: number;
  readonly unsteady?: true;
}

type Tree = Readonly<Record<string, Drawn>>;
const [DAY, ROOT] = [86_400_000, '/show'];

function node({ content, size = 1_000_000 }: Drawn): TreeNode {
  const times = { mtimeNs: 0n, atimeNs: 0n, ctimeNs: 0n };
  const owner = { uid: 0, gid: 0, user: '', group: '', inode: 1n, deviceId: 1n, links: 1n };
  return {
    name: Buffer.from('x'),
    type: 'file',
    mode: 0o644,
    ...times,
    ...owner,
    size: BigInt(size),
    content: [content],
  };
}

function read(drawn: Drawn): FileDone {
  const {
    content,
    kind = 'unknown',
    verdict = 'whole',
    blocks = 16,
    even = 0,
    size = 1_000_000,
    head = '',
    packed = 1,
  } = drawn;
  const structure: StructureLook = { kind, verdict, deep: false };
  const look = { blocks, evenBlocks: even, head: Buffer.from(head), tail: Buffer.alloc(0), structure };
  const times = { size: BigInt(size), mtimeNs: 0n, ctimeNs: 0n };
  const steadiness = drawn.unsteady === true ? 'changed' : 'steady';
  return {
    job: 1,
    steadiness,
    content: [content],
    lengths: [size],
    bytes: size,
    addedBytes: size * packed,
    ...times,
    look,
  };
}

interface Judged {
  readonly suspicion: Suspicion;
  readonly looks: PastLooks;
}

interface Options {
  readonly windows?: readonly Window[];
  readonly canaries?: ReadonlySet<string>;
  readonly unsteady?: readonly { readonly path: string }[];
}

/** What the second of two snapshots is judged to be. */
function judged(before: Tree, now: Tree, { windows = [], canaries = new Set(), unsteady = [] }: Options = {}): Judged {
  const past = before === now ? new Map() : judged(before, before).looks;
  const span = { after: DAY, at: 2 * DAY };
  const watch = createWatch({ source: ROOT, past, span, windows, canaries });
  for (const [path, drawn] of Object.entries(now)) {
    const old = before === now ? undefined : before[path];
    const file: WalkedFile = {
      path: Buffer.from(`${ROOT}/${path}`),
      node: node(drawn),
      read: old?.content === drawn.content ? undefined : read(drawn),
      before: old === undefined ? undefined : node(old),
    };
    watch.onFile(file);
  }
  unsteady.forEach(watch.onUnsteady);
  return watch.done();
}

function signs(before: Tree, now: Tree, options: Options = {}): readonly string[] {
  return judged(before, now, options).suspicion.signs.map(({ sign }) => sign);
}

const MOV: Drawn = { content: 'a', kind: 'prores.mov' };
const EXR: Drawn = { content: 'b', kind: 'zip.exr' };
const RANDOM: Drawn = { content: 'r', kind: 'unknown', verdict: 'unchecked', even: 16 };
const ALL: Window = { from: DAY, until: 2 * DAY, folders: [] };

function many(count: number, folder: string, ending: string, drawn: Drawn, mark = ''): Tree {
  return Object.fromEntries(
    Array.from({ length: count }, (_, i) => [
      `${folder}/f${i}.${ending}`,
      { ...drawn, content: `${drawn.content}${mark}${i}` },
    ]),
  );
}

test('one file that was encrypted in place is an alarm, announced or not', () => {
  for (const windows of [[], [ALL]]) {
    const { suspicion } = judged({ 'vfx/a.mov': MOV }, { 'vfx/a.mov': RANDOM }, { windows });
    assert.equal(suspicion.isAlarm, true);
    assert.deepEqual(suspicion.suspects, ['vfx/a.mov']);
    assert.deepEqual(suspicion.folders, [{ folder: 'vfx', files: 1 }]);
  }
});

test('a file that stayed, or has other bytes of the same kind, is no alarm', () => {
  assert.deepEqual(signs({ 'a.mov': MOV }, { 'a.mov': MOV }), []);
  assert.equal(judged({ 'vfx/a.mov': MOV }, { 'vfx/a.mov': { ...MOV, content: 'z' } }).suspicion.isAlarm, false);
});

test('an original with other bytes is an alarm unless its folder was announced', () => {
  const [before, now] = [{ 'camera/A1/a.mov': MOV }, { 'camera/A1/a.mov': { ...MOV, content: 'z' } }];
  assert.equal(judged(before, now).suspicion.isAlarm, true);
  assert.equal(judged(before, now, { windows: [{ ...ALL, folders: ['/camera/'] }] }).suspicion.isAlarm, false);
  assert.equal(judged(before, now, { windows: [{ ...ALL, folders: ['cam'] }] }).suspicion.isAlarm, true);
  assert.equal(
    judged(before, now, { windows: [{ ...ALL, from: 2 * DAY + 1, until: 3 * DAY }] }).suspicion.isAlarm,
    true,
  );
  assert.equal(judged(before, now, { windows: [{ ...ALL, from: 0, until: DAY - 1 }] }).suspicion.isAlarm, true);
});

test('an original that was still being copied may become whole', () => {
  const half: Drawn = { ...MOV, verdict: 'short', size: 500_000 };
  assert.deepEqual(signs({ 'camera/a.mov': half }, { 'camera/a.mov': { ...MOV, content: 'z' } }), []);
});

test('a structure that breaks is a sign by itself; one that is cut off is a weak one', () => {
  assert.deepEqual(
    signs({ 'v/a.exr': EXR }, { 'v/a.exr': { ...EXR, content: 'z', verdict: 'broken' } }, { windows: [ALL] }),
    ['structure-broken'],
  );
  const cut = judged({ 'v/a.exr': EXR }, { 'v/a.exr': { ...EXR, content: 'z', verdict: 'short', size: 10 } });
  assert.equal(cut.suspicion.isAlarm, false);
});

test('a file that changed while it was read is not judged by its structure', () => {
  const now = { 'v/a.exr': { ...EXR, content: 'z', verdict: 'broken', unsteady: true } } as const;
  assert.equal(judged({ 'v/a.exr': EXR }, now).suspicion.isAlarm, false);
});

test('even blocks are a step where a kind has none, and nothing where it is full of them', () => {
  const stepped = { 'v/a.mov': { ...MOV, content: 'z', even: 2 } };
  assert.ok(signs({ 'v/a.mov': MOV }, stepped, { windows: [ALL] }).includes('randomness-step'));
  const h264: Drawn = { content: 'h', kind: 'h264.mov', even: 16 };
  assert.deepEqual(signs({ 'v/a.mp4': h264 }, { 'v/a.mp4': { ...h264, content: 'z' } }, { windows: [ALL] }), []);
});

test('a new ending on encrypted bytes is found, and so is one on bytes that stayed', () => {
  const sealed = judged({ 'v/a.mov': MOV }, { 'v/a.mov.sealed': RANDOM }, { windows: [ALL] });
  assert.equal(sealed.suspicion.isAlarm, true);
  const before = many(3, 'v', 'mov', MOV);
  const renamed = Object.fromEntries(Object.entries(before).map(([path, drawn]) => [`${path}.zz9`, drawn]));
  assert.deepEqual(signs(before, renamed), ['extension-churn']);
  assert.equal(judged(before, renamed).suspicion.isAlarm, true);
  assert.equal(judged(before, renamed, { windows: [ALL] }).suspicion.isAlarm, false);
});

test('a file under another random name is put together with the one that went', () => {
  const { suspicion } = judged({ 'v/a.mov': MOV }, { 'v/8f31': { ...RANDOM, size: 1_000_400 } }, { windows: [ALL] });
  assert.equal(suspicion.isAlarm, true);
});

test('what was moved is not deleted, however much it is', () => {
  const before = many(150, 'a', 'exr', EXR);
  assert.equal(judged(before, many(150, 'conform/r1', 'exr', EXR)).suspicion.isAlarm, false);
});

test('mass deletion is an alarm unless it was announced', () => {
  const before = { ...many(100, 'a', 'exr', EXR), ...many(20, 'b', 'mov', MOV) };
  assert.deepEqual(signs(before, many(20, 'b', 'mov', MOV)), ['mass-delete']);
  assert.equal(judged(before, many(20, 'b', 'mov', MOV)).suspicion.isAlarm, true);
  assert.equal(judged(before, many(20, 'b', 'mov', MOV), { windows: [ALL] }).suspicion.isAlarm, false);
  assert.equal(judged(before, { ...before, 'a/f1.exr': EXR }).suspicion.isAlarm, false);
});

test('what could not be read is not gone, and is remembered for the next snapshot', () => {
  const before = many(100, 'a', 'exr', EXR);
  const { suspicion, looks } = judged(before, { 'b.mov': MOV }, { unsteady: [{ path: `${ROOT}/a` }] });
  assert.deepEqual(suspicion.signs, []);
  assert.equal(looks.size, 101);
});

test('of more than 10,000 files and folders that could not be read each is told from what is gone', () => {
  const before = {
    ...many(300, 'kept', 'exr', EXR),
    ...many(300, 'kept/deep/er', 'mov', MOV),
    ...many(300, 'k', 'exr', EXR),
  };
  const others = Array.from({ length: 10_000 }, (_, n) => ({ path: `${ROOT}/other/x${n}.dpx` }));
  const files = Array.from({ length: 300 }, (_, n) => ({ path: `${ROOT}/kept/f${n}.exr` }));
  const unsteady = [...others, ...files, { path: `${ROOT}/kept/deep` }];
  const { suspicion, looks } = judged(before, many(100, 'k', 'exr', EXR), { unsteady });
  assert.deepEqual([suspicion.signs, looks.size, looks.has('k/f200.exr')], [[], 700, false]);
});

test('a ransom note is one by its words, not by its name', () => {
  const says = (head: string): Tree => ({ 'a.mov': MOV, 'README_restore.txt': { content: 'n', kind: 'text', head } });
  const before = { 'a.mov': MOV };
  assert.deepEqual(signs(before, says('Your files are encrypted. Get a decryptor: http://x.onion')), ['ransom-note']);
  assert.equal(
    judged(before, says('Pay in bitcoin, your data is encrypted'), { windows: [ALL] }).suspicion.isAlarm,
    true,
  );
  assert.deepEqual(signs(before, says('Where the reels lie, and how to restore a project.')), []);
});

test('a decoy that is touched or gone is an alarm, whatever was announced', () => {
  const [before, canaries] = [{ 'a.mov': MOV, 'decoy.xml': { content: 'd', kind: 'xml' } }, new Set(['decoy.xml'])];
  for (const now of [{ 'a.mov': MOV }, { ...before, 'decoy.xml': { content: 'e', kind: 'xml' } }]) {
    assert.deepEqual(signs(before, now, { windows: [ALL], canaries }), ['canary-touched']);
  }
  assert.deepEqual(signs(before, before, { canaries }), []);
});

test('a sidecar that cannot be compressed any more says so', () => {
  const bin: Drawn = { content: 'n', kind: 'avid-bin', verdict: 'unchecked', blocks: 0, packed: 0.3 };
  const now = { 'a.avb': { ...bin, content: 'z', packed: 1 }, 'b.avb': { ...bin, content: 'y', packed: 1 } };
  const found = judged({ 'a.avb': bin, 'b.avb': { ...bin, content: 'm' } }, now);
  assert.deepEqual(
    found.suspicion.signs.map(({ sign }) => sign),
    ['compression-collapse'],
  );
  assert.equal(found.suspicion.isAlarm, true);
});

test('a large part of the tree that shares nothing with its past is a sign that an announcement lifts', () => {
  const [before, now] = [many(40, 'v', 'exr', EXR), many(40, 'v', 'exr', EXR, 'z')];
  assert.ok(signs(before, now).includes('dedup-collapse'));
  const lifted = judged(before, now, { windows: [ALL] });
  assert.deepEqual(lifted.suspicion.signs, []);
  assert.ok(lifted.suspicion.lifted > 0);
});

test('new files that are not what their names promise are found, and one alone is not', () => {
  const three = { 'n/a.mov': RANDOM, 'n/b.mov': { ...RANDOM, content: 's' } };
  assert.equal(judged({ 'a.mov': MOV }, { 'a.mov': MOV, ...three }).suspicion.isAlarm, true);
  assert.equal(judged({ 'a.mov': MOV }, { 'a.mov': MOV, 'n/a.mov': RANDOM }).suspicion.isAlarm, false);
});

test('the first snapshot of a clean tree is no alarm', () => {
  const tree = { ...many(50, 'camera', 'mov', MOV), 'd/x.zip': { content: 'q', kind: 'zip', even: 16 } };
  assert.deepEqual(judged(tree, tree).suspicion.signs, []);
});

test('what was seen comes back from its bytes; bytes that are not ours are refused', async () => {
  const { looks } = judged({ 'a "b"\n.mov': MOV }, { 'a "b"\n.mov': MOV, 'é.exr': { ...EXR, packed: 0.5 } });
  assert.deepEqual(new Map([...(await cameBack(looks))].sort()), new Map([...looks].sort()));
  assert.deepEqual([...(await cameBack(new Map()))], []);
  const whole = sealedBytes(looks);
  const others = [
    '{}',
    '[]',
    '["a",1]',
    '["a",1,"x",0,0,"k",0,null]',
    '["a",1,"0123456789abcdef",0,-1,"k",0,null]',
    'no',
  ];
  const twice = '["a",1,"0123456789abcdef",0,0,"k",0,null]\n'.repeat(2);
  for (const bytes of [
    Buffer.from('no'),
    whole.subarray(0, whole.length - 5),
    ...[...others, twice, 'x'.repeat(100_000)].map((text) => zstdCompressSync(text)),
  ])
    await assert.rejects(decodePast(bytes), { code: 'past-looks-damaged' });
});

test('two names that are no UTF-8 are two files: neither masks what became of the other', async () => {
  const watched = (past: PastLooks, files: readonly (readonly [name: string, drawn: Drawn, isNew: boolean])[]) => {
    const watch = createWatch({ source: ROOT, past, span: { after: DAY, at: 2 * DAY }, windows: [] });
    for (const [name, drawn, isRead] of files) {
      const path = Buffer.concat([Buffer.from(`${ROOT}/vfx/`), Buffer.from(name, 'latin1')]);
      const before = past.size === 0 ? undefined : node(MOV);
      watch.onFile({ path, node: node(drawn), read: isRead ? read(drawn) : undefined, before });
    }
    return watch.done();
  };
  const [one, other] = ['shot \xfe.mov', 'shot \xff.mov'];
  const { looks } = watched(new Map(), [
    [one, MOV, true],
    [other, MOV, true],
  ]);
  assert.equal(looks.size, 2);
  assert.deepEqual(new Map(await cameBack(looks)), new Map([...looks].toSorted(([a], [b]) => (a < b ? -1 : 1))));
  const { suspicion } = watched(looks, [
    [one, RANDOM, true],
    [other, MOV, false],
  ]);
  assert.equal(suspicion.isAlarm, true);
  assert.deepEqual([suspicion.suspects.length, suspicion.signs[0]?.examples[0]?.isWellFormed()], [1, true]);
  const gone = watched(looks, [[one, MOV, false]]);
  assert.equal(gone.looks.size, 1, 'the other one is gone, and is not kept by its neighbour’s name');
});
