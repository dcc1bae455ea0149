/** The offline verifier against bundles of a real ledger: what holds, and everything that must not. */
import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as fc from 'fast-check';
import { projectView, renderProjectView } from '#evidence/project-view.ts';
import { renderReadme, renderReport } from '#evidence/report/report.ts';
import { crc32, zipBundle } from '#evidence/zip.ts';
import { decodeEntry } from '#ledger/entry.ts';
import { signCheckpoint } from '#ledger/checkpoint.ts';
import {
  canonical as verifierCanonical,
  projectView as verifierView,
  readZip,
  verifyBundle,
} from '#ledger/verifier/verify.mjs';
import type { CheckResult } from '#ledger/verifier/verify.mjs';
import type { Placed } from '#model/events.ts';
import type { BundleRange } from '#ports/bundles.ts';
import type { ProjectId } from '#std/ids.ts';
import { canonical } from '#std/canonical.ts';
import type { Json } from '#std/canonical.ts';
import { createWorld, ORIGIN, playStory, START } from './verifier-world.ts';
import type { Story } from './verifier-world.ts';

const VERIFIER = fileURLToPath(new URL('../src/ledger/verifier/verify.mjs', import.meta.url));
const RENDERERS = { renderReport, renderReadme };

type Files = Map<string, Buffer>;

let story: Story;
let zip: Buffer;
let files: Files;
let folder: string;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'picturelock-verifier-'));
  story = await playStory();
  zip = await exported(story.alpha);
  files = filesOf(zip);
});
after(() => rmSync(folder, { recursive: true, force: true }));

async function exported(project: ProjectId, range: BundleRange = {}): Promise<Buffer> {
  const outcome = await story.world.bundles.export(project, range);
  if (outcome.kind === 'refused') return assert.fail(outcome.message);
  return Buffer.from(outcome.value.zip);
}

function filesOf(bytes: Buffer): Files {
  return new Map([...readZip(bytes)].map(([name, data]) => [name, Buffer.from(data)]));
}

function check(bundle: Buffer | Files, policy: string | undefined = story.world.policy): CheckResult {
  return verifyBundle(bundle, { policy, renderers: RENDERERS });
}

/** A forger who keeps the manifest right: only proofs can stop this one. */
function forged(changes: Readonly<Record<string, Buffer | undefined>>, base: Files = files): Files {
  const changed = new Map(base);
  for (const [name, bytes] of Object.entries(changes)) {
    if (bytes === undefined) changed.delete(name);
    else changed.set(name, bytes);
  }
  const manifest = JSON.parse(file(base, 'manifest.json').toString()) as Record<string, Json>;
  const hashes = Object.fromEntries(
    [...changed].filter(([name]) => name !== 'manifest.json').map(([name, bytes]) => [name, sha256(bytes)]),
  );
  return changed.set('manifest.json', Buffer.from(`${canonical({ ...manifest, files: hashes })}\n`));
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function file(from: Files, name: string): Buffer {
  return from.get(name) ?? assert.fail(`${name} is not in the bundle`);
}

function refuses(bundle: Buffer | Files, sentence: RegExp, policy?: string): void {
  const { holds, lines } = check(bundle, policy);
  assert.equal(holds, false, 'it was accepted');
  const last = lines.at(-1);
  assert.equal(last?.level, 'FAIL');
  assert.match(last.text, sentence);
}

function streamOf(from: Files): { lines: string[]; places: string[] } {
  const [lines, places] = ['stream/entries.jsonl', 'stream/places.txt'].map((name) =>
    file(from, name).toString().split('\n').slice(0, -1),
  );
  return { lines: lines ?? [], places: places ?? [] };
}

function withStream({ lines, places }: { lines: readonly string[]; places: readonly string[] }): Files {
  return forged({
    'stream/entries.jsonl': Buffer.from(`${lines.join('\n')}\n`),
    'stream/places.txt': Buffer.from(`${places.join('\n')}\n`),
  });
}

function without(at: number): Files {
  const { lines, places } = streamOf(files);
  return withStream({ lines: lines.toSpliced(at, 1), places: places.toSpliced(at, 1) });
}

describe('a bundle of a real ledger', () => {
  test('holds, line by line', () => {
    const { holds, lines } = check(zip);
    assert.equal(holds, true, lines.map(({ text }) => text).join('\n'));
    assert.deepEqual(
      lines.map(({ level }) => level),
      Array.from({ length: 9 }, () => 'ok'),
    );
  });

  test("without a policy of one's own it says whose keys it took", () => {
    const result = verifyBundle(zip, { renderers: RENDERERS });
    assert.equal(result.holds, true);
    assert.match(result.lines.find(({ level }) => level === 'note')?.text ?? '', /keys are the bundle's own/);
  });

  test('is the same bytes each time', async () => {
    assert.ok((await exported(story.alpha)).equals(zip));
  });

  test('shows nothing of other projects, of the true title or of names whose key is gone', () => {
    const shown = [...files]
      .filter(([name]) => !name.startsWith('log/'))
      .map(([, bytes]) => bytes.toString('latin1'))
      .join('\n');
    for (const secret of [story.beta, 'beta', 'The True Title', 'Gone Person', 'x@example.com'])
      assert.equal(shown.includes(secret), false, secret);
    assert.ok(shown.includes('Paula Producer'));
  });

  test('every range verifies, and its ends decide the states', async () => {
    const ends = [undefined, START, START + 1000, START + 5 * 86_400_000 + 60_000];
    for (const from of ends) {
      for (const until of ends) {
        if (from !== undefined && until !== undefined && from > until) continue;
        const range = { ...(from === undefined ? {} : { from }), ...(until === undefined ? {} : { until }) };
        const bundle = await exported(story.alpha, range);
        const { holds, lines } = check(bundle);
        assert.equal(holds, true, `${JSON.stringify(range)}: ${lines.at(-1)?.text}`);
      }
    }
  });

  test('a range whose end is not sealed yet, and an unknown project, are refused', async () => {
    const late = await story.world.bundles.export(story.alpha, { until: story.world.now() + 1 });
    assert.equal(late.kind === 'refused' && late.code, 'range-not-sealed');
    const unknown = await story.world.bundles.export(story.world.id('project'), {});
    assert.equal(unknown.kind === 'refused' && unknown.code, 'unknown-project');
  });

  test('unzip, a tool that is not ours, reads the archive', () => {
    const archive = join(folder, 'b.zip');
    writeFileSync(archive, zip);
    assert.match(
      execFileSync('python3', [
        '-c',
        `import zipfile,sys;z=zipfile.ZipFile(sys.argv[1]);print(z.testzip(), len(z.namelist()))`,
        archive,
      ]).toString(),
      new RegExp(`^None ${files.size}\\b`),
    );
  });
});

describe('one altered byte', () => {
  test('at any place of the archive is refused', () => {
    // Every byte of the first kilobytes and of the directory's tail, and a spread over all the rest.
    const places = new Set<number>();
    for (let at = 0; at < zip.length; at += at < 600 || at > zip.length - 600 ? 1 : 701) places.add(at);
    for (const at of places) {
      const altered = Buffer.from(zip);
      altered[at] = (altered[at] ?? 0) ^ (1 << (at % 8));
      const { holds, lines } = check(altered);
      assert.equal(holds, false, `byte ${at} was not missed`);
      assert.match(lines.at(-1)?.text ?? '', /\w/);
    }
  });

  test('in any file is named, even when the archive around it is made anew', () => {
    for (const [name, bytes] of files) {
      for (const at of new Set([0, bytes.length >> 1, bytes.length - 1])) {
        const altered = Buffer.from(bytes);
        altered[at] = (altered[at] ?? 0) ^ 0x20;
        const { holds, lines } = check(Buffer.from(zipBundle(new Map(files).set(name, altered))));
        assert.equal(holds, false, `${name} byte ${at}`);
        assert.ok(
          lines.at(-1)?.text.includes(name === 'manifest.json' ? 'manifest' : name),
          `${name}: ${lines.at(-1)?.text}`,
        );
      }
    }
  });

  test('a forger who mends the manifest too is stopped by the proofs, in every file that says something', () => {
    for (const [name, bytes] of files) {
      if (name === 'manifest.json' || name === 'verify.mjs' || name.startsWith('report/') || name === 'policy.txt')
        continue;
      fc.assert(
        fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
          const altered = Buffer.from(bytes);
          altered[at] = (altered[at] ?? 0) ^ change;
          assert.equal(check(forged({ [name]: altered })).holds, false, `${name} byte ${at}`);
        }),
        { numRuns: name.startsWith('proofs/') ? 3 : 12, seed: 7 },
      );
    }
  });

  test('a truncated archive is refused', () => {
    for (const end of [0, 1, 21, 30, 4000, zip.length >> 1, zip.length - 22, zip.length - 1])
      refuses(zip.subarray(0, end), /damaged|cut short/i);
    refuses(Buffer.concat([zip, Buffer.of(0)]), /damaged|cut short/i);
  });
});

describe('forgeries with a right manifest', () => {
  test('an entry left out: first, middle, last', () => {
    const { lines } = streamOf(files);
    refuses(without(0), /number 1 of the project is missing/);
    refuses(without(lines.length >> 1), new RegExp(`number ${(lines.length >> 1) + 1} of the project is missing`));
    refuses(without(lines.length - 1), /did not commit to \d+ entries/);
  });

  test('an entry of another stream, or one of another place', async () => {
    const other = streamOf(filesOf(await exported(story.beta)));
    const own = streamOf(files);
    refuses(
      withStream({ lines: own.lines.with(3, other.lines[3] ?? ''), places: own.places.with(3, other.places[3] ?? '') }),
      /not in order|another stream|tile/i,
    );
    refuses(
      withStream({ lines: own.lines.with(3, other.lines[3] ?? ''), places: own.places }),
      /not what the ledger holds/,
    );
    refuses(
      withStream({ lines: own.lines.with(3, own.lines[4] ?? '').with(4, own.lines[3] ?? ''), places: own.places }),
      /not what the ledger holds/,
    );
  });

  test("another project's head, or swapped proofs", async () => {
    const beta = filesOf(await exported(story.beta));
    refuses(
      forged({ 'stream/head.json': file(beta, 'stream/head.json') }),
      /did not commit to|proof in stream\/head\.json/,
    );
    const names = [...files.keys()].filter((name) => name.startsWith('proofs/'));
    const [a = '', b = ''] = names;
    refuses(forged({ [a]: file(files, b), [b]: file(files, a) }), /is not a proof under this checkpoint/);
    const swapped = file(files, a)
      .toString()
      .replace(/\n([^\n]{44})\n([^\n]{44})\n/, '\n$2\n$1\n');
    refuses(forged({ [a]: Buffer.from(swapped) }), /does not prove its entry/);
  });

  test('a forged checkpoint: other keys, another size, another root', async () => {
    const stranger = await createWorld();
    const root = createHash('sha256').update('x').digest();
    const forgedNote = signCheckpoint({ origin: ORIGIN, size: 71, root }, stranger.sealer.keys, 1_772_442_000);
    refuses(forged({ 'log/checkpoint': Buffer.from(forgedNote) }), /not signed by the key/);
    const note = file(files, 'log/checkpoint').toString();
    refuses(forged({ 'log/checkpoint': Buffer.from(note.replace(/\n(\d+)\n/, '\n70\n')) }), /signature of .* is wrong/);
    // Signed with the log's own keys, but of a tree that these entries are not in.
    const own = signCheckpoint({ origin: ORIGIN, size: 71, root }, story.world.sealer.keys, 1_772_442_000);
    refuses(forged({ 'log/checkpoint': Buffer.from(own) }), /do not give the root/);
  });

  test('a policy with another key, with no key, or one that asks for a witness that did not sign', async () => {
    const stranger = await createWorld();
    refuses(zip, /not signed by the key/, stranger.policy);
    refuses(zip, /names no log/, 'quorum none\n');
    const unmet = `${story.world.policy.replace('quorum log-ml-dsa-44\n', '')}witness other ${stranger.policy.match(/witness \S+ (\S+)/)?.[1]}\nquorum other\n`;
    refuses(zip, /quorum other of the policy is not met/, unmet);
  });

  test('a rewritten report, read-me, state or name', () => {
    const report = file(files, 'report.html').toString();
    refuses(
      forged({ 'report.html': Buffer.from(report.replace('Paula Producer', 'Peter Producer')) }),
      /report\.html is not what the entries render to/,
    );
    refuses(forged({ 'README.txt': Buffer.from('all is well\n') }), /README\.txt/);
    const end = file(files, 'state/end.json').toString();
    refuses(
      forged({ 'state/end.json': Buffer.from(end.replace('"held":false', '"held":true')) }),
      /state\/end\.json is not what the entries add up to/,
    );
    const names = JSON.parse(file(files, 'support/names.json').toString()) as { index: number; key: string }[];
    const [first, second] = names;
    assert.ok(first && second);
    const crossed = [{ ...first, key: second.key }, second, ...names.slice(2)];
    refuses(forged({ 'support/names.json': Buffer.from(`${canonical(crossed)}\n`) }), /does not open it/);
    refuses(
      forged({ 'support/names.json': Buffer.from(`${canonical(names.slice(1))}\n`) }),
      /report\.html is not what/,
    );
  });

  test('files too many or too few', () => {
    refuses(forged({ 'log/tile/0/001.p/3': Buffer.alloc(96) }), /proves nothing here/);
    refuses(forged({ 'state/end.json': undefined }), /state\/end\.json is missing/);
    refuses(new Map(files).set('extra.txt', Buffer.from('x')), /extra\.txt is not named/);
  });

  test('hostile members do not crash it', () => {
    for (const text of ['null\n', '{}\n', '[]\n', '{"heads":null,"proof":null}\n', '{"heads":0,"proof":["AA=="]}\n']) {
      assert.equal(check(forged({ 'stream/head.json': Buffer.from(text) })).holds, false);
      assert.equal(check(forged({ 'support/names.json': Buffer.from(text) })).holds, false);
      assert.equal(check(new Map(files).set('manifest.json', Buffer.from(text))).holds, false);
    }
  });
});

describe('the fold', () => {
  test("is one fold: the bundle's, the verifier's, and the state that the engine decides from", () => {
    const placed: Placed[] = story.world.store.entries
      .map((bytes, index) => ({ index, entry: decodeEntry(bytes) }))
      .filter(({ entry }) => entry.stream === story.alpha);
    const times = [null, 0, ...placed.map(({ entry }) => entry.at), ...placed.map(({ entry }) => entry.at + 1)];
    for (const at of times)
      assert.equal(
        renderProjectView(projectView(placed, at)),
        `${verifierCanonical(verifierView(placed, at))}\n`,
        `at ${at}`,
      );

    const view = projectView(placed, null);
    const state = story.world.state();
    const engagements = [...state.engagements.values()].filter(({ project }) => project === story.alpha);
    assert.deepEqual(Object.keys(view.engagements).sort(), engagements.map(({ id }) => id).sort());
    for (const { id, person, role, from, until, held, ended, givenAt, givenBy } of engagements) {
      const seen = view.engagements[id] ?? assert.fail(id);
      assert.deepEqual(
        {
          person: seen.person,
          role: seen.role,
          from: seen.from,
          until: seen.until,
          held: seen.held,
          endedAt: seen.ended?.at,
          givenAt: seen.givenAt,
          givenBy: seen.givenBy,
        },
        { person, role, from, until, held, endedAt: ended?.at, givenAt, givenBy },
      );
    }
    const project = state.projects.get(story.alpha);
    assert.deepEqual(
      [view.project?.alias, view.project?.standing, view.project?.folders],
      [project?.alias, project?.standing, project?.folders],
    );
    assert.deepEqual(
      Object.keys(view.sessions),
      [...state.sessions.values()].filter((session) => session.project === story.alpha).map(({ id }) => id),
    );
  });

  test('checksums of the archive are what zlib says', async () => {
    const zlib = await import('node:zlib');
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => assert.equal(crc32(bytes), zlib.crc32(bytes))));
  });
});

describe('the program', () => {
  function run(...args: readonly string[]): { status: number | null; out: string } {
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8', timeout: 20_000 });
    return { status, out: stdout + stderr };
  }

  test('checks an unpacked bundle with the verifier inside it, alone: 0, 1 and 2', () => {
    const unpacked = join(folder, 'unpacked');
    for (const [name, bytes] of files) {
      mkdirSync(dirname(join(unpacked, name)), { recursive: true });
      writeFileSync(join(unpacked, name), bytes);
    }
    const inside = join(unpacked, 'verify.mjs');
    const good = run(inside, unpacked);
    assert.equal(good.status, 0, good.out);
    assert.match(good.out, /rendered anew[^]*Everything holds/);
    assert.equal(run(inside).status, 2);
    assert.equal(run(inside, join(folder, 'nothing-here')).status, 2);
    assert.equal(run(inside, unpacked, '--policy').status, 2);

    const archive = join(folder, 'altered.zip');
    const altered = Buffer.from(zip);
    altered[zip.length >> 1] = (altered[zip.length >> 1] ?? 0) ^ 1;
    writeFileSync(archive, altered);
    const bad = run(inside, archive, '--json');
    assert.equal(bad.status, 1);
    assert.equal((JSON.parse(bad.out) as CheckResult).holds, false);
  });

  const older = olderNode();
  const lacking = older === undefined ? 'NOT CHECKED: no Node from 20 to 23 is installed' : false;
  test(
    'on an older stock Node it says what it could not check, and --strict makes that a failure',
    { skip: lacking },
    () => {
      const archive = join(folder, 'for-older.zip');
      writeFileSync(archive, zip);
      const run20 = (...args: readonly string[]) =>
        spawnSync(older ?? '', [VERIFIER, archive, ...args], { encoding: 'utf8', timeout: 20_000 });
      const relaxed = run20();
      assert.equal(relaxed.status, 0, relaxed.stdout + relaxed.stderr);
      assert.match(relaxed.stdout, /note {2}ML-DSA-44 line not checked by this Node \(v2[0-3]/);
      const strict = run20('--strict');
      assert.equal(strict.status, 1);
      assert.match(strict.stdout, /quorum log-ml-dsa-44 of the policy is not met/);
    },
  );

  test('beside no report renderer it says that the report was not rendered', () => {
    const archive = join(folder, 'whole.zip');
    const policy = join(folder, 'policy.txt');
    writeFileSync(archive, zip);
    writeFileSync(policy, story.world.policy);
    const { status, out } = run(VERIFIER, archive, '--policy', policy, '--strict');
    assert.equal(status, 0, out);
    assert.match(out, /note {2}The report was not rendered anew/);
  });
});

/** A Node on the path that has no ML-DSA: what many assessors have. */
function olderNode(): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(':').filter((entry) => !entry.includes('node_modules'));
  return ['/usr/local/bin', '/usr/bin', ...folders]
    .map((entry) => join(entry, 'node'))
    .find((node) => {
      const { status, stdout } = spawnSync(node, ['--version'], { encoding: 'utf8' });
      return status === 0 && /^v2[0-3]\./.test(stdout);
    });
}
