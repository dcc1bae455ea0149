/**
 * The rungs that an attacker may stand on, and what holds at each. The first, a client and its password, has a file of its own beside this one; the
 * bolt's tests need root and a file system with the immutable flag, and say so when they are left out.
 */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { DAY_MS, enrol, serveTestVault, sha256, START } from './served-vault.ts';
import type { ServedVault } from './served-vault.ts';
import { askVault, controlPath } from '#host/vault/control.ts';
import { startBolt } from '#host/vault/bolt/bolt.ts';
import type { RunningBolt } from '#host/vault/bolt/bolt.ts';
import { openClientBook } from '#host/vault/client-book.ts';
import { layoutOf } from '#vault/server/layout.ts';
import { markApproved } from '#vault/server/test-vault.ts';

/** The account that the vault runs under in this test. */
const VAULT_UID = 65_534;
const needsRoot = process.getuid?.() === 0 ? undefined : 'needs root';

test('an administrator of the product: no way from the network to a window, to trust in a clock, to a shorter lock', async () => {
  const world = await serveTestVault();
  try {
    for (const path of ['window', 'trust-clock', 'mark', 'edit/window', '?window=60'])
      for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'])
        assert.ok((await world.ask(method, path)).status >= 400, `${method} ${path}`);
    const shorter = (): unknown => openClientBook(world.root).change('edit', { lockDays: 1 });
    assert.throws(shorter, { code: 'locks-only-longer' });
    assert.equal(openClientBook(world.root).change('edit', { lockDays: 60 }).lockDays, 60);
    const { mode } = await import('node:fs').then(({ statSync }) => statSync(controlPath(world.root)));
    assert.equal(mode & 0o077, 0, 'only the vault\u2019s own account opens its control socket');
    await assert.rejects(askVault(world.root, { verb: 'window', minutes: 600 }), { code: 'bad-order' });
    const mark = askVault(world.root, { verb: 'mark', prune: 'prn_x', client: 'edit', objects: ['data/x'] });
    await assert.rejects(mark, { code: 'no-ledger' }, 'and even at the machine nothing goes without two people');
  } finally {
    await world.close();
  }
});

test('a shell as the vault\u2019s account, and then root', { skip: needsRoot }, async (t) => {
  const home = mkdtempSync(join(tmpdir(), 'picturelock-bolt-'));
  chmodSync(home, 0o755);
  const root = join(home, 'vault');
  mkdirSync(root, { mode: 0o700 });
  chownSync(root, VAULT_UID, VAULT_UID);
  const socket = join(home, 'run', 'bolt.sock');
  let now = { wall: START, monotonic: 10, boot: 'b' };
  const troubles: string[] = [];
  const bolt = await startBolt({
    socket,
    vault: root,
    folder: join(home, 'state'),
    read: () => now,
    onTrouble: (what) => troubles.push(what),
  });
  const pass = (ms: number): void => void (now = { ...now, wall: now.wall + ms, monotonic: now.monotonic + ms });
  const asVault = (script: string): number | null =>
    spawnSync('setpriv', [`--reuid=${VAULT_UID}`, `--regid=${VAULT_UID}`, '--clear-groups', 'sh', '-c', script], {
      stdio: 'ignore',
    }).status;
  const layout = layoutOf(root);
  const [name, other] = [sha256('picture'), sha256('other')];
  const [path, otherPath] = [layout.pathOf('edit', 'data', name), layout.pathOf('edit', 'data', other)];
  const rottenPath = layout.pathOf('edit', 'data', sha256('as it was'));
  for (const [at, text] of [
    [path, 'picture'],
    [otherPath, 'other'],
  ] as const) {
    mkdirSync(dirname(at), { recursive: true });
    writeFileSync(at, text, { mode: 0o600 });
  }
  execFileSync('chown', ['-R', `${VAULT_UID}:${VAULT_UID}`, join(root, 'repositories')]);
  const rel = (file: string): string => file.slice(root.length + 1);
  try {
    await t.test('what is locked cannot be changed, emptied, renamed, linked or removed by it', async () => {
      assert.equal(await say(socket, { n: 1, verb: 'lock-until', path: rel(path), forMs: 30 * DAY_MS }), 'done');
      for (const act of [
        'rm -f P',
        ': > P',
        'echo x >> P',
        'mv P P.old',
        'ln P P2',
        'chmod 777 P',
        'chattr -i P',
        'truncate -s 0 P',
      ])
        assert.notEqual(asVault(act.replaceAll('P', path)), 0, act);
      assert.equal(readFileSync(path, 'utf8'), 'picture');
      assert.equal(
        asVault(`rm -f ${otherPath} && test ! -e ${otherPath}`),
        0,
        'what was never locked can, so the test can fail',
      );
    });
    await t.test('the bolt makes a time later and never earlier', async () => {
      assert.equal(await say(socket, { n: 1, verb: 'lock-until', path: rel(path), forMs: 1000 }), 'done');
      pass(29 * DAY_MS);
      assert.equal(await bolt.release(), 0);
      assert.equal(await say(socket, { n: 1, verb: 'lock-until', except: [], forMs: 30 * DAY_MS }), 'done');
      pass(29 * DAY_MS);
      assert.equal(await bolt.release(), 0, 'renewed with everything');
    });
    await t.test('it understands one verb, for objects of this vault only', async () => {
      const secret = join(home, 'secret');
      writeFileSync(secret, 'x');
      for (const bad of [
        { n: 1, verb: 'unlock', path: rel(path) },
        { n: 1, verb: 'lock-until', path: '../secret', forMs: 1 },
        { n: 1, verb: 'lock-until', path: '/etc/passwd', forMs: 1 },
        { n: 1, verb: 'lock-until', path: rel(path), forMs: -1 },
        { n: 1, verb: 'lock-until', path: rel(path), forMs: 1, force: true },
        'noise',
      ])
        assert.equal(await say(socket, bad), 'closed', JSON.stringify(bad));
      assert.equal(asVault(`mkdir -p ${root}/repositories/evil && ln -s ${home} ${root}/repositories/evil/index`), 0);
      const through = `repositories/evil/index/${name}`;
      writeFileSync(join(home, name), 'not the vault\u2019s');
      assert.match(await say(socket, { n: 1, verb: 'lock-until', path: through, forMs: 1000 }), /no-such-object/);
      const linked = layout.pathOf('edit', 'snapshots', name);
      mkdirSync(dirname(linked), { recursive: true });
      linkSync(secret, linked);
      assert.match(await say(socket, { n: 1, verb: 'lock-until', path: rel(linked), forMs: 1000 }), /not-an-object/);
      rmSync(linked);
      symlinkSync(secret, linked);
      assert.match(await say(socket, { n: 1, verb: 'lock-until', path: rel(linked), forMs: 1000 }), /not-an-object/);
      writeFileSync(secret, 'still mine to change');
    });
    await t.test('it lets go of what is damaged, after a look of its own, and of nothing else', async () => {
      const right = { n: 1, verb: 'let-go-damaged', path: rel(path) };
      assert.equal(await say(socket, right), 'whole');
      assert.notEqual(asVault(`: > ${path}`), 0, 'what is right stays locked');
      const config = join(root, 'repositories/edit/config');
      writeFileSync(config, 'x');
      assert.equal(
        await say(socket, { ...right, path: rel(config) }),
        'closed',
        'nobody sees whether a config is right',
      );
      const [rotten, text] = [rottenPath, 'as it is'];
      mkdirSync(dirname(rotten), { recursive: true });
      writeFileSync(rotten, text, { mode: 0o600 });
      chownSync(rotten, VAULT_UID, VAULT_UID);
      assert.equal(await say(socket, { n: 1, verb: 'lock-until', path: rel(rotten), forMs: 30 * DAY_MS }), 'done');
      assert.notEqual(asVault(`: > ${rotten}`), 0);
      assert.equal(await say(socket, { ...right, path: rel(rotten) }), 'done');
      assert.equal(asVault(`printf 'as it was' > ${rotten}`), 0, 'the right bytes take its place');
      assert.equal(await say(socket, { n: 1, verb: 'lock-until', path: rel(rotten), forMs: 1000 }), 'done');
      assert.notEqual(asVault(`: > ${rotten}`), 0);
      assert.match(readFileSync(join(home, 'state', 'locks.jsonl'), 'utf8'), new RegExp(`"damaged":"${rel(rotten)}"`));
      assert.ok((bolt.book.untilOf(rel(rotten)) ?? 0) > START + 80 * DAY_MS, 'its time is what it was');
    });
    await t.test('a clock that was wound frees nothing', async () => {
      now = { ...now, wall: now.wall + 900 * DAY_MS };
      assert.equal(await bolt.release(), 0);
      await bolt.book.clock.trust();
      assert.equal(await bolt.release(), 0);
    });
    await t.test(
      'root of the vault\u2019s machine takes the flag off: this rung does not hold, the second copy must',
      () => {
        assert.equal(spawnSync('chattr', ['-i', path]).status, 0);
        execFileSync('chattr', ['+i', path]);
      },
    );
    await t.test('silence frees nothing, however long a stopped vault says nothing', async () => {
      pass(400 * DAY_MS);
      assert.equal(await bolt.release(), 0);
      assert.notEqual(asVault(`rm -f ${path}`), 0);
    });
    await t.test('when it was left out and its own time is over the flag comes off by itself', async () => {
      assert.equal(await say(socket, { n: 1, verb: 'lock-until', except: [], forMs: 30 * DAY_MS }), 'done');
      const except = [rel(path), rel(rottenPath)];
      assert.equal(await say(socket, { n: 1, verb: 'lock-until', except, forMs: 90 * DAY_MS }), 'done');
      pass(29 * DAY_MS);
      assert.equal(await bolt.release(), 0, 'left out, and not over');
      pass(DAY_MS);
      assert.equal(await bolt.release(), 2);
      assert.equal(asVault(`rm -f ${path} && test ! -e ${path}`), 0);
    });
  } finally {
    await tidy(bolt, root, home);
  }
});

async function tidy(bolt: RunningBolt, root: string, home: string): Promise<void> {
  await bolt.close();
  spawnSync('chattr', ['-R', '-i', root]);
  rmSync(home, { recursive: true, force: true });
}

/** 'done', the code of a fault, or 'closed' when it hangs up. */
function say(socket: string, message: unknown): Promise<string> {
  const made = connect(socket);
  made.write(`${JSON.stringify(message)}\n`);
  return new Promise((resolve) => {
    made.once('data', (chunk: Buffer) => {
      const { fault } = JSON.parse(chunk.toString('utf8')) as { readonly fault?: { readonly code: string } }; // the bolt's
      resolve(fault === undefined ? 'done' : fault.code);
      made.destroy();
    });
    made.once('close', () => resolve('closed'));
    made.once('error', () => resolve('closed'));
  });
}

let bolted: Bolted | undefined;
interface Bolted {
  readonly world: ServedVault;
  readonly bolt: RunningBolt;
  readonly home: string;
  /** For the vault and the bolt. */
  pass(ms: number): void;
}

before(async () => {
  if (needsRoot !== undefined) return;
  const home = mkdtempSync(join(tmpdir(), 'picturelock-bolted-'));
  chmodSync(home, 0o755);
  const root = join(home, 'vault');
  mkdirSync(root, { mode: 0o700 });
  let now = { wall: START, monotonic: 1, boot: 'b' };
  const socket = join(home, 'run', 'bolt.sock');
  const bolt = await startBolt({
    socket,
    vault: root,
    folder: join(home, 'state'),
    read: () => now,
    onTrouble: () => undefined,
  });
  const clients = [{}, { name: 'daily', lockDays: 1 }];
  const world = await serveTestVault(clients, { folder: root, bolt: socket });
  const pass = (ms: number): void => {
    now = { ...now, wall: now.wall + ms, monotonic: now.monotonic + ms };
    world.pass(ms);
  };
  bolted = { world, bolt, home, pass };
});
after(async () => {
  if (bolted === undefined) return;
  const { world, bolt, home } = bolted;
  await world.close();
  await tidy(bolt, world.root, home);
});

test(
  'what a vault with a bolt holds is locked again by the next look, however it came free, and what cannot be is named',
  { skip: needsRoot },
  async () => {
    assert.ok(bolted !== undefined);
    const { world, bolt, pass } = bolted;
    const { root } = world;
    await enrol(world);
    const names: string[] = [];
    for (const text of ['taken back', 'set free', 'linked']) names.push((await world.put('data', text)).name);
    const [back = '', freed = '', linked = ''] = names.map((name) => layoutOf(root).pathOf('edit', 'data', name));
    const setFree = async (path: string): Promise<void> => {
      execFileSync('chattr', ['-i', path]);
      await bolt.book.write([{ released: [path.slice(root.length + 1)] }]);
    };
    pass(40 * DAY_MS);
    assert.equal(await bolt.release(), 0, 'nobody was heard for longer than the locks last');
    await world.service.round();

    await markApproved(world.service.vault, { prune: 'prn_1', snapshots: [], bytes: 99 }, [`data/${names[0]}`]);
    pass(DAY_MS);
    await world.service.round();
    pass(31 * DAY_MS);
    await world.service.round();
    assert.equal(await bolt.release(), 1, 'set aside, and over');
    assert.deepEqual([back, freed, linked].map(isImmutable), [false, true, true]);
    await world.service.vault.unmark('prn_1');
    await world.service.round();
    assert.ok(isImmutable(back));

    await setFree(freed);
    pass(DAY_MS / 2);
    await world.service.round();
    assert.ok(isImmutable(freed), 'renewed when half of the shortest lock has passed');
    await setFree(freed);
    await world.again();
    await world.service.round();
    assert.ok(isImmutable(freed), 'a start looks, too');

    const said = async (): Promise<string> => JSON.stringify(await askVault(root, { verb: 'status' }));
    assert.doesNotMatch(await said(), /not immutable/);
    await setFree(linked);
    linkSync(linked, join(root, 'second name'));
    assert.equal((await world.service.vault.renew(30)).objects, 3, 'not told as locked');
    assert.match(await said(), new RegExp(`1 stored objects are not immutable, edit/data/${names[2]} first`));
    rmSync(join(root, 'second name'));
    assert.equal((await world.service.vault.renew(30)).objects, 4);
    assert.doesNotMatch(await said(), /not immutable/);
  },
);

function isImmutable(path: string): boolean {
  return /i/.test(execFileSync('lsattr', [path], { encoding: 'utf8' }).split(' ')[0] ?? '');
}

test(
  'a vault with a bolt locks each file before it says that it has it, and accepts nothing while the bolt is away',
  { skip: needsRoot },
  async () => {
    assert.ok(bolted !== undefined);
    const { world, bolt } = bolted;
    await enrol(world);
    const stored = await Promise.all(Array.from({ length: 20 }, (_, i) => world.put('data', `picture ${i}`)));
    for (const { name, status } of stored) {
      assert.equal(status, 200);
      assert.ok(isImmutable(layoutOf(world.root).pathOf('edit', 'data', name)));
    }
    assert.equal(world.service.locks, 'root');
    await bolt.close();
    assert.equal((await world.put('data', 'while it is away')).status, 500);
    assert.equal(world.service.vault.holdings.get('edit', 'data', sha256('while it is away')), undefined);
  },
);
