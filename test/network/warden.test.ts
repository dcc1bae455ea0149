/** The warden by itself: what it takes and what it refuses, and what it leaves behind when something goes wrong half-way. */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { drawRules } from './drawn-rules.ts';
import type { Guarded } from './guarded.ts';
import { guard, next } from './guarded.ts';
import { createNamespace, listTable, withoutNamespaces } from './namespaces.ts';
import type { Namespace } from './namespaces.ts';
import { frameMessage } from '#engine/framing.ts';
import { openPrograms } from '#host/nft/programs.ts';
import { openNftShell } from '#host/nft/nft-shell.ts';
import { MESSAGE_BYTES_MAX } from '#host/warden/protocol.ts';
import { openSavedRules } from '#host/warden/saved-rules.ts';
import { openTable } from '#host/warden/table.ts';
import { restoreRules } from '#host/warden/warden.ts';
import type { Rules } from '#plan/network/nft/rules.ts';
import { parseRules } from '#plan/network/nft/parse-rules.ts';
import { renderRules } from '#plan/network/nft/render-rules.ts';
import type { ElementChange } from '#ports/warden.ts';
import { assert as ensure } from '#std/assert.ts';
import { Fault } from '#std/refused.ts';

const skip = withoutNamespaces();
const NOTHING: ElementChange = { dead: [], unpoint: [], live: [], point: [], quarantine: [], release: [] };
const FLOW = 'flw_a 10.1.0.0/24 -> 10.2.0.2 tcp 445';
let namespace: Namespace | undefined;
let guarded: Guarded | undefined;

before(async () => {
  if (skip !== false) return;
  namespace = createNamespace();
  guarded = await guard(namespace);
});
after(async () => {
  await guarded?.close();
  namespace?.remove();
});

function world(): { readonly namespace: Namespace; readonly guarded: Guarded } {
  ensure(namespace !== undefined && guarded !== undefined, 'the namespace stands');
  return { namespace, guarded };
}

function listed(): Rules {
  const parsed = parseRules(listTable(world().namespace), Date.now());
  ensure(parsed.kind === 'rules', 'what is loaded is ours');
  return parsed.rules;
}

function textOf(lines: readonly string[], options: Parameters<typeof drawRules>[2] = {}): string {
  const at = Date.now();
  return renderRules(drawRules(at, lines, options).rules, at);
}

async function refusal(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => undefined,
    (cause: unknown) => cause,
  );
  ensure(error instanceof Fault, 'it is refused');
  return error.code;
}

test('only text of ours is loaded: no other table, no include, no rule more', { skip }, async () => {
  const { warden } = world().guarded;
  const text = textOf([FLOW]);
  await warden.load(text, {});
  const before = listTable(world().namespace);
  const hostile = [
    `${text}table ip other { }\n`,
    `include "/etc/passwd"\n${text}`,
    text.replace('jump on_refuse\n\t}', 'accept\n\t\tjump on_refuse\n\t}'),
    text.replace('policy drop', 'policy accept'),
    text.replace('"flw_a"', '"flw_a" }; flush ruleset; add element inet x y { 1 comment "a'),
    text.replace('10.2.0.2', '10.2.0.2; flush ruleset'),
    'flush ruleset\n',
    '',
  ];
  for (const one of hostile) {
    assert.equal(await refusal(warden.load(one, {})), 'rules-not-ours', one.slice(0, 60));
    assert.equal(await refusal(warden.check(one)), 'rules-not-ours');
  }
  assert.equal(listTable(world().namespace), before);
});

test('the door is open to one account, and to its language only', { skip }, async () => {
  const { socket, warden } = world().guarded;
  assert.equal(statSync(socket).mode & 0o777, 0o600);
  for (const bytes of [
    frameMessage({ n: 1, verb: 'run', program: 'sh' }, MESSAGE_BYTES_MAX),
    frameMessage(
      { n: 1, verb: 'change', askedAt: 0, change: { ...NOTHING, quarantine: ['10.0.0.1 }; flush ruleset'] } },
      MESSAGE_BYTES_MAX,
    ),
    frameMessage(
      { n: 1, verb: 'change', askedAt: 0, change: { ...NOTHING, live: [{ mark: 1, id: 'x"; flush', ttlMs: 1 }] } },
      MESSAGE_BYTES_MAX,
    ),
    Buffer.from([255, 255, 255, 255, 1]),
    Buffer.from('GET / HTTP/1.1\r\n\r\n'),
  ]) {
    const stranger = connect(socket);
    stranger.on('error', () => undefined);
    stranger.write(bytes);
    await new Promise((done) => stranger.once('close', done));
  }
  assert.ok((await warden.list())?.includes('flw_a'));
});

test('an element that has expired does not stop the rest of its batch', { skip }, async () => {
  const { warden } = world().guarded;
  const mark = 900;
  await warden.load(textOf([FLOW]), {});
  await warden.change({ ...NOTHING, live: [{ mark, id: 'pth_gone', ttlMs: 20 }] });
  while (listed().grants.some(({ id }) => id === 'pth_gone')) await new Promise((done) => setTimeout(done, 5));
  const pointer = { from: '10.1.0.9', to: '10.2.0.2', protocol: 'tcp', port: 5900, mark: 901 } as const;
  const live = [{ mark: 901, id: 'pth_next', ttlMs: 60_000 }];
  const never = { ...pointer, from: '10.1.0.77', mark };
  await warden.change({
    ...NOTHING,
    dead: [mark, 902],
    unpoint: [never],
    release: ['10.9.9.9'],
    live,
    point: [pointer],
  });
  assert.deepEqual(
    listed().pointers4.map((one) => one.mark),
    [901],
  );
  assert.ok(listed().grants.some(({ id }) => id === 'pth_next'));
});

test('a change that the kernel refuses changes nothing, and the next one works', { skip }, async () => {
  const { warden } = world().guarded;
  await warden.load(textOf([FLOW]), {});
  const pointer = { from: '10.1.0.9', to: '10.2.0.2', protocol: 'tcp', port: 5900 } as const;
  await warden.change({ ...NOTHING, point: [{ ...pointer, mark: 5 }] });
  const before = listTable(world().namespace);
  const clash = { ...NOTHING, quarantine: ['10.8.8.8'], point: [{ ...pointer, mark: 6 }] };
  assert.equal(await refusal(warden.change(clash)), 'nft-failed');
  assert.equal(listTable(world().namespace), before);
  await warden.change({ ...NOTHING, quarantine: ['10.8.8.8'] });
  assert.equal(listed().quarantined4.length, 1);
});

test('a shell that dies is replaced, and a program that is missing is said', { skip }, async () => {
  const programs = openPrograms(world().namespace.name);
  const shell = openNftShell(programs);
  await shell.commit('add table inet scratch');
  const { pid } = shell;
  ensure(pid !== undefined, 'it runs');
  process.kill(pid, 'SIGKILL');
  await shell.commit('add table inet scratch').catch(() => shell.commit('add table inet scratch'));
  assert.notEqual(shell.pid, pid);
  await shell.commit('delete table inet scratch');
  shell.close();
  const missing = openPrograms();
  await assert.rejects(missing.run('no-such-program', []), /cannot be run/);
  const broken = openNftShell({
    ...programs,
    start: () => missing.start('no-such-program', []),
  });
  assert.equal(await refusal(broken.commit('add table inet scratch')), 'nft-failed');
});

test('unconfirmed rules are rolled back by themselves; paths and quarantine stay as they are', { skip }, async () => {
  const { warden } = world().guarded;
  await warden.load(textOf([FLOW]), {});
  const rolledBack = next<void>((listener) => warden.onRolledBack(listener));
  await warden.load(textOf(['flw_b 10.1.0.0/24 -> 10.2.0.3 tcp 22']), { confirmWithinMs: 300 });
  assert.deepEqual(
    listed().grants.map(({ id }) => id),
    ['flw_b'],
  );
  const pointer = { from: '10.1.0.9', to: '10.2.0.2', protocol: 'tcp', port: 5900, mark: 77 } as const;
  const live = [{ mark: 77, id: 'pth_c', ttlMs: 60_000 }];
  await warden.change({ ...NOTHING, live, point: [pointer], quarantine: ['10.1.0.66'] });
  await rolledBack;
  const { grants, quarantined4, pointers4 } = listed();
  assert.deepEqual(grants.map(({ id }) => id).sort(), ['flw_a', 'pth_c']);
  assert.deepEqual([quarantined4.length, pointers4.length], [1, 1]);
});

test('a path that ends while rules wait stays ended when they are rolled back', { skip }, async () => {
  const { warden } = world().guarded;
  const pointer = { from: '10.1.0.9', to: '10.2.0.2', protocol: 'tcp', port: 5900, mark: 77 } as const;
  const later = { ...pointer, from: '10.1.0.10', mark: 78 };
  await warden.load(textOf([FLOW]), {});
  await warden.change({ ...NOTHING, live: [{ mark: 77, id: 'pth_c', ttlMs: 60_000 }], point: [pointer] });
  await warden.load(textOf(['flw_b 10.1.0.0/24 -> 10.2.0.3 tcp 22']), { confirmWithinMs: 600_000 });
  await warden.change({ ...NOTHING, live: [{ mark: 77, id: 'pth_c', ttlMs: 60_000 }], point: [pointer] });
  await warden.change({ ...NOTHING, dead: [77], unpoint: [pointer] });
  await warden.change({ ...NOTHING, live: [{ mark: 78, id: 'pth_d', ttlMs: 60_000 }], point: [later] });
  await warden.rollBack();
  const { grants, pointers4 } = listed();
  assert.deepEqual(grants.map(({ id }) => id).sort(), ['flw_a', 'pth_d']);
  assert.deepEqual(
    pointers4.map(({ mark }) => mark),
    [78],
  );
});

test('a warden that dies while rules wait rolls them back when it starts again', { skip }, async () => {
  const { guarded } = world();
  await guarded.warden.load(textOf([FLOW], { quarantined: ['10.1.0.66'] }), {});
  await guarded.warden.load(textOf(['flw_b 10.1.0.0/24 -> 10.2.0.3 tcp 22'], { quarantined: ['10.1.0.66'] }), {
    confirmWithinMs: 600_000,
  });
  await guarded.restart();
  const { grants, quarantined4 } = listed();
  assert.deepEqual(
    grants.map(({ id }) => id),
    ['flw_a'],
  );
  assert.equal(quarantined4.length, 1);
});

test(
  'a warden that dies right after a commit has written before it that a confirmation is awaited',
  { skip },
  async () => {
    const own = createNamespace();
    const folder = mkdtempSync(join(tmpdir(), 'picturelock-warden-'));
    try {
      const [programs, saved] = [openPrograms(own.name), openSavedRules(folder)];
      const parts = { programs, saved, onTrouble: assert.fail };
      const first = await openTable({ ...parts, shell: openNftShell(programs), onRolledBack: assert.fail });
      await first.load(textOf([FLOW]), Date.now());
      await first.close();
      // What follows a commit is a listing: it never comes back, and nobody is there to hear of it.
      const listing = Promise.withResolvers<void>();
      const dying = {
        ...programs,
        run: (program: string, args: readonly string[], options = {}) =>
          args.includes('list') && args.includes('-t')
            ? new Promise<string>(() => listing.resolve())
            : programs.run(program, args, options),
      };
      const second = await openTable({
        ...parts,
        programs: dying,
        shell: openNftShell(programs),
        onRolledBack: assert.fail,
      });
      void second.load(textOf(['flw_b 10.1.0.0/24 -> 10.2.0.3 tcp 22']), Date.now(), 600_000);
      await listing.promise;
      let rolledBack = 0;
      const shell = openNftShell(programs);
      const third = await openTable({ ...parts, shell, onRolledBack: () => (rolledBack += 1) });
      const text = (await third.list()) ?? '';
      assert.match(text, /flw_a/);
      assert.doesNotMatch(text, /flw_b/);
      assert.equal(rolledBack, 1);
      await third.close();
    } finally {
      own.remove();
      rmSync(folder, { recursive: true });
    }
  },
);

test('what was loaded goes on when the warden is away, and it takes it up when it is back', { skip }, async () => {
  const { guarded } = world();
  await guarded.warden.load(textOf([FLOW]), {});
  await guarded.restart();
  assert.ok((await guarded.warden.list())?.includes('flw_a'));
  await guarded.warden.change({ ...NOTHING, quarantine: ['10.1.0.5'] });
  assert.equal(listed().quarantined4.length, 1);
});

test(
  'a reboot finds the last proven rules and the quarantine, without paths, and deny-all when they cannot be read',
  { skip },
  async () => {
    const { guarded, namespace: own } = world();
    const state = join(guarded.folder, 'state');
    const settings = { socket: guarded.socket, uid: 0, namespace: own.name, folder: state, onTrouble: () => undefined };
    await guarded.warden.load(textOf([FLOW, 'flw_t 10.1.0.0/24 -> 10.2.0.3 tcp 22 600000']), {});
    const live = [{ mark: 77, id: 'pth_c', ttlMs: 60_000 }];
    await guarded.warden.change({ ...NOTHING, live, quarantine: ['10.1.0.66'] });
    own.nft('flush ruleset\n');
    assert.match(await restoreRules(settings), /does not pass/);
    const { grants, quarantined4 } = listed();
    assert.deepEqual(grants.map(({ id }) => id).sort(), ['flw_a', 'flw_t']);
    const left = (grants.find(({ id }) => id === 'flw_t')?.endsAt ?? 0) - Date.now();
    assert.ok(left > 500_000 && left <= 600_000, `${left} ms are left`);
    assert.equal(quarantined4.length, 1);
    const path = join(state, 'rules.json');
    ensure(existsSync(path), 'they were saved');
    writeFileSync(path, readFileSync(path, 'utf8').slice(0, 100));
    own.nft('flush ruleset\n');
    assert.match(await restoreRules(settings), /does not pass/);
    assert.deepEqual([listed().enforce, listed().grants.length], [true, 0]);
  },
);

test('the commits of others are heard of with their name, and our own are not', { skip }, async () => {
  const { guarded, namespace: own } = world();
  await guarded.warden.load(textOf([FLOW]), {});
  const heard: string[] = [];
  const stop = guarded.warden.onForeign(({ process: name, generation }) => void heard.push(`${name} ${generation}`));
  await guarded.warden.change({ ...NOTHING, quarantine: ['10.1.0.7'] });
  await guarded.warden.load(textOf([FLOW]), {});
  own.nft('add table ip unrelated\n');
  const foreign = next(guarded.warden.onForeign);
  const set = /set (quarantined4\w*) /.exec(listTable(own))?.[1] ?? 'quarantined4';
  own.nft(`add element inet picturelock ${set} { 10.1.0.8 }\n`);
  const { process: name, pid } = await foreign;
  stop();
  assert.equal(name, 'nft');
  assert.ok(pid !== undefined && pid > 0);
  assert.equal(heard.length, 1);
});
