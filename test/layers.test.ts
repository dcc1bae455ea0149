/**
 * The architecture as a test: who may import whom, who may touch the operating system, and where each dependency
 * may be used. Each failure prints the file, the import and the reason.
 */
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { importsOf, sourceFiles } from './source-files.ts';

/** A folder imports from those before it and from itself. Siblings of one rung do not import one another. */
const LADDER: readonly (readonly string[])[] = [
  ['std'],
  ['model'],
  ['access'],
  ['ledger'],
  ['plan'],
  ['evidence'],
  ['ports'],
  ['engine'],
  ['gates', 'vault', 'api'],
  ['host'],
  ['cli', 'main.ts'],
];
const rank = new Map(LADDER.flatMap((rung, index) => rung.map((name) => [name, index] as const)));

/** What pages may see: pure rooms and the API contract; never anything with a socket. */
const UI_SEES = new Set(['ui', 'std', 'model', 'access', 'evidence']);
const UI_CONTRACT = /^#api\/endpoints(\.ts$|\/)/;

/** Rooms without clock, randomness, promises or input and output. */
const PURE = new Set(['std', 'model', 'access', 'ledger', 'plan', 'evidence']);
const PURE_NODE = new Set(['node:buffer', 'node:crypto']);
/** Ports are contracts and the engine knows ports only. */
const NO_OS = new Set(['ports', 'engine']);
const NO_OS_NODE = new Set(['node:buffer', 'node:crypto', 'node:events', 'node:assert']);

/** Each dependency is used in one place, so that replacing it touches one place. */
const HOMES: ReadonlyMap<string, readonly string[]> = new Map([
  ['ssh2', ['src/gates/sftp/']],
  ['hono', ['src/api/', 'src/gates/portal/']],
  ['@hono/node-server', ['src/api/', 'src/gates/portal/']],
  ['@simplewebauthn/server', ['src/api/identity/']],
  ['otpauth', ['src/api/identity/']],
  ['@peculiar/x509', ['src/host/tls/']],
  ['commander', ['src/cli/', 'src/host/process/']],
  ['yaml', ['src/cli/', 'src/api/', 'src/host/']],
  ['@dagrejs/dagre', ['src/plan/network/map/', 'src/ui/']],
  ['aws4fetch', ['src/vault/', 'src/host/']],
  ['pino', ['src/host/', 'src/cli/']],
  ['@node-rs/xxhash', ['src/gates/files/', 'src/host/workspace/', 'src/host/']],
  ['immutable', ['src/model/', 'src/access/', 'src/engine/']],
  [
    'zod',
    [
      'src/model/',
      'src/api/',
      'src/engine/',
      'src/host/',
      'src/ledger/',
      'src/evidence/',
      'src/cli/',
      'src/gates/',
      'src/vault/',
    ],
  ],
]);

/** The assessor's own program: it reads files by itself, and nothing pure imports it. */
const VERIFIER = 'src/ledger/verifier/';

const sources = sourceFiles('src').filter((file) => !/\.test\.tsx?$/.test(file.path) && !file.path.includes('/test-'));

test('every folder imports only from the rooms before it', () => {
  const wrong: string[] = [];
  for (const file of sources) {
    const room = file.path.split('/')[1] ?? '';
    for (const name of importsOf(file.text)) {
      const seen = /^#([a-z]+)\//.exec(name)?.[1];
      if (seen === undefined) continue;
      const reason = room === 'ui' ? uiReason(seen, name) : ladderReason(room, seen);
      if (reason !== undefined) wrong.push(`${file.path} imports ${name}: ${reason}`);
    }
  }
  assert.deepEqual(wrong, []);
});

function ladderReason(room: string, seen: string): string | undefined {
  if (seen === room) return undefined;
  if (seen === 'ui') return 'pages are a client of the API; nothing on the server knows them';
  const [own, other] = [rank.get(room), rank.get(seen)];
  if (own === undefined) return `the room ${room} is not on the ladder`;
  if (other === undefined) return `the room ${seen} is not on the ladder`;
  if (other === own) return `${room} and ${seen} stand on one rung; what both need belongs further down`;
  return other > own ? `${seen} comes after ${room} on the ladder` : undefined;
}

function uiReason(seen: string, name: string): string | undefined {
  if (UI_SEES.has(seen) || UI_CONTRACT.test(name)) return undefined;
  return 'pages see pure rooms and the API contract only';
}

test('relative imports stay within a room', () => {
  const wrong = sources.flatMap((file) =>
    importsOf(file.text)
      .filter((name) => name.startsWith('.') && leavesRoom(file.path, name))
      .map((name) => `${file.path} imports ${name}: use the import map across rooms`),
  );
  assert.deepEqual(wrong, []);
});

function leavesRoom(path: string, name: string): boolean {
  const [, room] = path.split('/');
  return new URL(name, `file:///${path}`).pathname.split('/')[2] !== room;
}

test('pure rooms know no clock, no randomness, no operating system', () => {
  const wrong: string[] = [];
  for (const file of sources) {
    const room = file.path.split('/')[1] ?? '';
    if ((!PURE.has(room) && !NO_OS.has(room)) || file.path.startsWith(VERIFIER)) continue;
    const allowed = PURE.has(room) ? PURE_NODE : NO_OS_NODE;
    for (const name of importsOf(file.text)) {
      if (name.startsWith('node:') && !allowed.has(name)) wrong.push(`${file.path} imports ${name}`);
    }
    if (!PURE.has(room)) continue;
    const acts =
      /\b(Date\.now\(|new Date\(\)|Math\.random\(|performance\.now\(|setTimeout\(|setInterval\(|fetch\(|await )/.exec(
        withoutComments(file.text),
      );
    if (acts !== null) wrong.push(`${file.path} uses ${acts[1]}: time and chance arrive inside the command`);
  }
  assert.deepEqual(wrong, []);
});

test('nothing pure leans on the verifier', () => {
  const wrong = sources.filter(
    (file) =>
      PURE.has(file.path.split('/')[1] ?? '') &&
      !file.path.startsWith(VERIFIER) &&
      importsOf(file.text).some((name) => name.includes('/verifier/')),
  );
  assert.deepEqual(
    wrong.map((file) => file.path),
    [],
  );
});

test('each dependency has one home', () => {
  const wrong: string[] = [];
  for (const file of sources) {
    for (const name of importsOf(file.text)) {
      const dependency = /^(@[^/]+\/[^/]+|[a-z][^/:]*)/.exec(name)?.[1];
      const homes = dependency === undefined ? undefined : HOMES.get(dependency);
      if (homes !== undefined && !homes.some((home) => file.path.startsWith(home))) {
        wrong.push(`${file.path} imports ${name}, which lives in ${homes.join(', ')}`);
      }
    }
  }
  assert.deepEqual(wrong, []);
});

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/\/\/[^\n]*/g, '');
}
