/** What a program that is not ours can do within walls, as one that tries everything: a shell, with what Debian gives it. */
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, openSync, closeSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { shown } from '#host/walls/tool-process.ts';
import type { ToolEnd } from '#host/walls/tool-process.ts';
import { openWalls } from '#host/walls/walls.ts';
import type { ToolAsk, Walls } from '#host/walls/walls.ts';
import { until } from '../until.ts';

const MIB = 2 ** 20;
const LIMITS = { memoryBytes: 512 * MIB, cpuSeconds: 60, fileBytes: MIB, wallMs: 60_000, outputBytes: MIB };
let folder: string;
let walls: Walls;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'picturelock-walls-'));
  for (const name of ['given', 'out', 'secret']) mkdirSync(join(folder, name));
  writeFileSync(join(folder, 'given', 'file'), 'given');
  writeFileSync(join(folder, 'secret', 'file'), 'secret');
  walls = await openWalls(join(folder, 'walls'));
});
after(() => rmSync(folder, { recursive: true, force: true }));

function sh(script: string, more: Partial<ToolAsk> = {}): Promise<ToolEnd> {
  return walls.run({ program: 'bash', args: (input) => ['-c', script, 'sh', folder, input], limits: LIMITS, ...more });
}

const given = (): Partial<ToolAsk> => ({ reads: [join(folder, 'given')], writes: [join(folder, 'out')] });

/** Lines of what it said. */
async function said(script: string, more: Partial<ToolAsk> = given()): Promise<readonly string[]> {
  const { out } = await sh(script, more);
  return out.split('\n').filter((line) => line !== '');
}

test('where this system gives namespaces the walls are whole, and a network has its own word', () => {
  assert.equal(walls.word(), 'sealed');
  assert.equal(walls.word({ reaches: 'anything' }), 'networked');
});

test('it sees what it was given and the system’s programs, and nothing else of this machine', async () => {
  const seen = await said('echo "$1"/*; cat "$1/given/file"; echo; ls -A / /etc /tmp /dev');
  assert.equal(seen[0], `${folder}/given ${folder}/out`);
  assert.equal(seen[1], 'given');
  const rest = seen.slice(2);
  for (const name of [
    'proc',
    'home',
    'root',
    'var',
    'run',
    'sys',
    'passwd',
    'shadow',
    'hostname',
    'mem',
    'kmsg',
    'sda',
  ])
    assert.ok(!rest.includes(name), name);
});

test('it writes where it may, and nowhere else: not to its input, not to a program, not beside', async () => {
  const tries = ['out/new', 'given/file', 'given/new', 'new', '../new'].map((name) => `"$1/${name}"`);
  const places = [...tries, '/usr/bin/new', '/new', '/dev/new', '/etc/new'].join(' ');
  const wrote = await said(`for f in ${places}; do (echo x > "$f") 2>/dev/null && echo "$f"; done`);
  assert.deepEqual(wrote, [join(folder, 'out', 'new')]);
  assert.equal(readFileSync(join(folder, 'out', 'new'), 'utf8'), 'x\n');
  assert.equal(readFileSync(join(folder, 'given', 'file'), 'utf8'), 'given');
});

test('what it wrote it cannot run, and it has no right to change any of that', async () => {
  const script = [
    'cp /usr/bin/true "$1/out/program"; chmod +x "$1/out/program"; "$1/out/program" && echo ran',
    'mount -o remount,rw "$1/given" && echo remounted',
    'umount "$1/given" && echo unmounted',
    'mknod "$1/out/disk" b 8 0 && echo disk',
    'chroot / true && echo rooted',
    'unshare --user --map-root-user true && echo spaces',
    'chown 1 "$1/out" && echo owned',
    'setpriv --dump --dump | grep -iE "no_new_privs|bounding|Effective cap" | sort',
  ].join('\n');
  const seen = await said(`exec 2>/dev/null\n${script}`);
  assert.deepEqual(
    seen.map((line) => line.split(':').map((part) => part.trim())),
    [
      ['Capability bounding set', '[none]'],
      ['Effective capabilities', '[none]'],
      ['no_new_privs', '1'],
    ],
  );
});

test('no network is in reach, unless it was asked for', async () => {
  const server = createServer((socket) => socket.destroy());
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo; // it listens on TCP
  const script = `(exec 3<>/dev/tcp/127.0.0.1/${port}) 2>/dev/null && echo reached; echo ended`;
  try {
    assert.deepEqual(await said(script), ['ended']);
    assert.deepEqual(await said(script, { reaches: 'anything' }), ['reached', 'ended']);
  } finally {
    server.close();
  }
});

test('a way to one address leads there, by its name, and nowhere else', async () => {
  const greet = (word: string) => createServer((socket) => void socket.end(`${word}\n`));
  const [vault, other] = [greet('vault'), greet('other')];
  for (const server of [vault, other]) await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const portOf = (server: typeof vault): number => (server.address() as AddressInfo).port; // it listens on TCP
  const way = { host: 'localhost', port: portOf(vault) };
  try {
    const own = await openWalls(join(folder, 'walls-way'), { way });
    assert.deepEqual([own.word({ reaches: way }), own.word()], ['one-way', 'sealed']);
    const asks = [`localhost/${way.port}`, `127.0.0.1/${way.port}`, `127.0.0.1/${portOf(other)}`, '192.0.2.1/80'];
    const script = asks.map((to) => `(exec 3<>/dev/tcp/${to} && head -n 1 <&3) 2>/dev/null || echo none`).join('\n');
    const run = { program: 'bash', args: () => ['-c', `${script}\nls -A /`], limits: LIMITS } as const;
    const { out } = await own.run({ ...run, reaches: way });
    const lines = out.split('\n');
    assert.deepEqual(lines.slice(0, 4), ['vault', 'vault', 'none', 'none']);
    assert.ok(!lines.includes('ready') && !lines.includes('proc'));
    assert.deepEqual((await own.run(run)).out.split('\n').slice(0, 4), ['none', 'none', 'none', 'none']);
  } finally {
    for (const server of [vault, other]) server.close();
  }
});

test('no other process is in sight, and no secret of ours is in its environment', async () => {
  process.env['PICTURELOCK_TEST_SECRET'] = 'do not tell';
  const seen = await said(
    `echo $PPID; kill -0 ${process.pid} 2>/dev/null && echo seen; env -u _ -u PWD -u SHLVL | sort`,
  );
  delete process.env['PICTURELOCK_TEST_SECRET'];
  assert.equal(seen[0], '1');
  assert.deepEqual(seen.slice(1), [
    'LANG=C.UTF-8',
    'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  ]);
});

test('an input of any name is one file that can be read', async () => {
  const path = Buffer.concat([Buffer.from(`${folder}/secret/-o rw,\n`), Buffer.from([0xff, 0xfe, 0x0a])]);
  writeFileSync(path, 'film');
  const fd = openSync(path, 'r');
  try {
    const input = { fd, path };
    const seen = await said('cat "$2"; echo; ls -A "$1" 2>/dev/null; (echo x > "$2") 2>/dev/null && echo wrote', {
      input,
    });
    assert.deepEqual(seen, ['film']);
  } finally {
    closeSync(fd);
  }
});

test('memory, processor, files, output and time have their limits', async () => {
  const memory = await sh('dd if=/dev/zero of=/dev/null bs=1G count=1', given());
  assert.equal(memory.end, 'badly');
  assert.match(memory.says, /memory/);
  const limited = (more: Partial<typeof LIMITS>) => ({
    ...given(),
    limits: { ...LIMITS, ...more },
  });
  assert.equal((await sh('while :; do :; done', limited({ cpuSeconds: 1 }))).end, 'stopped');
  await sh('head -c 5000 /dev/zero > "$1/out/large"', limited({ fileBytes: 1000 }));
  assert.equal(readFileSync(join(folder, 'out', 'large')).length, 1000);
  const loud = await sh('yes', limited({ outputBytes: 10_000 }));
  assert.equal(loud.end, 'too-loud');
  assert.ok(loud.out.length <= 10_000);
  assert.equal((await sh('sleep 1000', limited({ wallMs: 300 }))).end, 'late');
});

test('a program that is not there is absent, and one that fails says why in one line that can be shown', async () => {
  assert.equal((await walls.run({ program: 'no-such-program', args: () => [], limits: LIMITS })).end, 'absent');
  const { end, says } = await sh('printf "\\n\\033[2Jbad\\a\\u202e thing\\nmore\\n" >&2; exit 3');
  assert.deepEqual([end, says], ['badly', '?[2Jbad?? thing']);
  assert.equal(shown('x'.repeat(1000)).length, 160);
});

/** Whether it runs, or anything that would start it. */
function isThere(words: string, isRunning = false): boolean {
  const lines = readdirSync('/proc')
    .filter((pid) => /^\d+$/.test(pid))
    .map(commandLine);
  return lines.some((line) => (isRunning ? line.startsWith(`/usr/bin/${words}`) : line.includes(words)));
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return ''; // it ended meanwhile
  }
}

test('it ends with its job', async () => {
  const words = `sleep 7${process.pid}.1`;
  const stopping = new AbortController();
  const own = await openWalls(join(folder, 'walls-aborted'), { signal: stopping.signal });
  const running = own.run({ program: 'sleep', args: () => [words.slice(6)], limits: LIMITS });
  await until(() => isThere(words, true), 'it runs');
  stopping.abort(new Error('the job ends'));
  await assert.rejects(running, /the job ends/);
  await until(() => !isThere(words), 'it is gone');
  await assert.rejects(own.run({ program: 'true', args: () => [], limits: LIMITS }), /the job ends/);
});

test('it ends when whoever started it is killed', async () => {
  const words = `sleep 7${process.pid}.2`;
  const script = `
    const { openWalls } = await import(${JSON.stringify(join(import.meta.dirname, '../../src/host/walls/walls.ts'))});
    const walls = await openWalls(${JSON.stringify(join(folder, 'walls-killed'))});
    await walls.run({ program: 'sleep', args: () => ['${words.slice(6)}'], limits: ${JSON.stringify(LIMITS)} });`;
  const parent = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: 'inherit' });
  await until(() => isThere(words, true), 'it runs');
  parent.kill('SIGKILL');
  await once(parent, 'close');
  await until(() => !isThere(words), 'it is gone');
});

/** What this script says within a system that gives nobody another namespace of users. */
function withoutSpaces(script: string): readonly string[] {
  const source = `
    import { openWalls } from ${JSON.stringify(join(import.meta.dirname, '../../src/host/walls/walls.ts'))};
    const walls = await openWalls(${JSON.stringify(join(folder, 'walls-none'))});
    console.log(walls.word(), walls.word({ reaches: 'anything' }));
    const limits = ${JSON.stringify(LIMITS)};
    const sh = (words, more = {}) =>
      walls.run({ program: 'bash', args: (input) => ['-c', words, 'sh', input], limits: { ...limits, ...more.limits }, ...more.ask });
    ${script}`;
  const shell = 'echo 0 > /proc/sys/user/max_user_namespaces; exec "$@"';
  const words = ['--user', '--map-root-user', '--', 'sh', '-c', shell, 'sh', process.execPath];
  const args = [...words, '--input-type=module', '-e', source];
  return execFileSync('unshare', args, { encoding: 'utf8', env: { ...process.env, SECRET: 'do not tell' } })
    .split('\n')
    .filter((line) => line !== '');
}

test('where the system gives no namespaces it says so, and keeps to limits, an empty environment and no new rights', () => {
  const seen = withoutSpaces(`
    const { out } = await sh('env -u _ -u PWD -u SHLVL | sort; setpriv --dump | grep no_new');
    console.log(out);
    console.log((await sh('dd if=/dev/zero of=/dev/null bs=1G count=1')).end);
    console.log((await sh('while :; do :; done', { limits: { cpuSeconds: 1 } })).end);
    console.log((await sh('sleep 1000', { limits: { wallMs: 300 } })).end);
    console.log((await sh('yes', { limits: { outputBytes: 1000 } })).end);
    const { open } = await import('node:fs/promises');
    const file = await open(${JSON.stringify(join(folder, 'given', 'file'))});
    const input = { fd: file.fd, path: Buffer.from('of no use here') };
    console.log((await sh('cat "$1"', { ask: { input } })).out);
    await file.close();`);
  assert.deepEqual(seen, [
    'limited limited',
    'LANG=C.UTF-8',
    'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    'no_new_privs: 1',
    'badly',
    'stopped',
    'late',
    'too-loud',
    'given',
  ]);
});
