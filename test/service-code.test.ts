/** The code that the service and the command line run: their bundle while it was made from the sources that are here, else those. */
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { bundleService } from '../tool/bundle.ts';
import {
  BUILT_FROM,
  isBuiltFromThese,
  JOB_ENTRIES,
  JOBS,
  SERVICE_BUNDLE,
  SERVICE_ENTRIES,
} from '#host/process/built-code.mjs';
import { ROOT, sourceFiles } from './source-files.ts';

const folder = mkdtempSync(join(tmpdir(), 'picturelock-service-code-'));
after(() => rmSync(folder, { recursive: true, force: true }));

/** What everybody starts, and the entry that it leads to. */
const STARTS = [
  ['src/main.ts', 'service'],
  ['src/cli/main.ts', 'picturelock'],
  ['src/cli/start.mjs', 'picturelock'],
] as const;

/** A checkout with the real starts, whose entries only say where they lie. */
const checkout = join(folder, 'checkout');
const bundle = join(checkout, 'dist', 'service');

before(() => {
  for (const path of ['package.json', 'src/host/process/built-code.mjs', ...STARTS.map(([path]) => path)]) {
    mkdirSync(dirname(join(checkout, path)), { recursive: true });
    cpSync(join(ROOT, path), join(checkout, path));
  }
  mkdirSync(bundle, { recursive: true });
  for (const [, name] of STARTS) {
    write(SERVICE_ENTRIES[name] ?? '', `console.log('source of ${name}', ...process.argv.slice(2));`);
    write(`dist/service/${name}.mjs`, `console.log('bundle of ${name}', ...process.argv.slice(2));`);
  }
});

function write(path: string, text: string): void {
  writeFileSync(join(checkout, path), text);
}

function sumUp(): void {
  const paths = [...new Set(Object.values(STARTS).map(([, name]) => SERVICE_ENTRIES[name] ?? ''))];
  const sums = paths.map((path) => [
    path,
    createHash('sha256')
      .update(readFileSync(join(checkout, path)))
      .digest('hex'),
  ]);
  write(`dist/service/${BUILT_FROM}`, JSON.stringify(Object.fromEntries(sums)));
}

function said(start: string): string {
  const { stdout, stderr } = spawnSync(process.execPath, [join(checkout, start), 'role', 'x'], { encoding: 'utf8' });
  return `${stdout}${stderr}`.trim();
}

test('a start runs the bundle that was made from these sources, and the sources where there is none', () => {
  for (const [start, name] of STARTS) assert.equal(said(start), `source of ${name} role x`);
  sumUp();
  for (const [start, name] of STARTS) assert.equal(said(start), `bundle of ${name} role x`);
});

test('an edited source is never answered by a bundle made before', () => {
  const path = SERVICE_ENTRIES['picturelock'] ?? '';
  sumUp();
  write(path, `console.log('edited');`);
  assert.equal(said('src/cli/start.mjs'), 'edited');
  sumUp();
  assert.equal(said('src/cli/start.mjs'), 'bundle of picturelock role x');
  // What came back as it was, by whatever way and with whatever times, is what the bundle was made from.
  rmSync(join(checkout, path));
  write(path, `console.log('edited');`);
  assert.equal(said('src/cli/start.mjs'), 'bundle of picturelock role x');
});

test('a bundle of somebody who could not change the sources does not count', { skip: process.getuid?.() !== 0 }, () => {
  sumUp();
  for (const path of [bundle, dirname(bundle)]) {
    chownSync(path, 65_534, 65_534);
    assert.equal(said('src/cli/start.mjs'), 'edited', path);
    chownSync(path, 0, 0);
    const { mode } = statSync(path);
    chmodSync(path, 0o1777);
    assert.equal(said('src/cli/start.mjs'), 'edited', path);
    chmodSync(path, mode);
  }
  // Nor one that a link leads to elsewhere, whoever owns that.
  renameSync(bundle, join(checkout, 'elsewhere'));
  symlinkSync('../elsewhere', bundle);
  assert.equal(said('src/cli/start.mjs'), 'edited');
  rmSync(bundle);
  renameSync(join(checkout, 'elsewhere'), bundle);
  assert.equal(said('src/cli/start.mjs'), 'bundle of picturelock role x');
  chownSync(bundle, 65_534, 65_534);
  chownSync(join(checkout, 'package.json'), 65_534, 65_534);
  assert.equal(said('src/cli/start.mjs'), 'bundle of picturelock role x');
});

test('the bundle holds every entry and names its sources, and loads only what it left out on purpose', async () => {
  const link = join(folder, 'service');
  const made = isBuiltFromThese(SERVICE_BUNDLE)
    ? SERVICE_BUNDLE
    : (await bundleService(link, SERVICE_ENTRIES, JOB_ENTRIES), link);
  const from = Object.keys(JSON.parse(readFileSync(join(made, BUILT_FROM), 'utf8')));
  for (const path of [...Object.values(SERVICE_ENTRIES), 'src/api/endpoints.ts', 'package.json', 'package-lock.json'])
    assert.ok(from.includes(path), path);
  for (const path of Object.values(JOB_ENTRIES)) assert.ok(from.includes(path), path);
  const names = readdirSync(made);
  for (const name of Object.keys(SERVICE_ENTRIES)) assert.ok(names.includes(`${name}.mjs`), name);
  const outside = names
    .filter((name) => name.endsWith('.mjs'))
    .flatMap((name) => [
      ...readFileSync(join(made, name), 'utf8').matchAll(
        /^(?:import|export) (?:.*? from )?["'](?!node:|\.\/)([^"']+)["'];$/gm,
      ),
    ]);
  assert.deepEqual([...new Set(outside.map(([, wanted]) => wanted))].toSorted(), [
    '#ledger/verifier/verify.mjs',
    '@node-rs/xxhash',
    'ssh2',
  ]);
});

test('a new bundle leaves those that may still run, and not all of them', async () => {
  const link = join(folder, 'kept');
  const old = Array.from({ length: 10 }, (_, at) => `kept-${1_700_000_000_000 + at}-7`);
  for (const name of old) mkdirSync(join(folder, name));
  await bundleService(link, { assert: 'src/std/assert.ts' }, { ids: 'src/std/ids.ts' });
  const left = readdirSync(folder).filter((name) => name.startsWith('kept-'));
  assert.deepEqual(left.toSorted(), [...old.slice(2), readlinkSync(link)]);
  assert.ok(isBuiltFromThese(link));
  assert.ok(readdirSync(join(link, JOBS)).includes('ids.mjs'));
});

test('no code looks for a file beside itself but for a thread that is an entry of the bundle', () => {
  const ours = sourceFiles('src', /\.m?ts$/).filter(({ path }) => !/\.test\.ts$|\/test-|\.d\.mts$/.test(path));
  const threads = ours.flatMap(({ text }) =>
    [...text.matchAll(/threadFile\(\s*'([^']+)'/g)].map(([, name = '']) => name),
  );
  assert.ok(threads.length >= 6);
  for (const name of threads) assert.ok(SERVICE_ENTRIES[name] !== undefined, `${name} is no entry`);
  const beside = ours.filter(({ text }) =>
    /import\.meta\.(?:dir|file|url|res)/.test(text.replaceAll(/threadFile\([^)]*\)/g, '')),
  );
  assert.deepEqual(
    beside.map(({ path }) => path),
    ['src/host/process/service.ts', 'src/vault/format/kernel/kernel.ts'],
  );
});
