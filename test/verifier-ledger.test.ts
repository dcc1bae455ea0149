/** A whole ledger in tlog-tiles layout: our verifier over it, and Go's own libraries over the same files. */
import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { logVerifierKeys, signCheckpoint } from '#ledger/checkpoint.ts';
import { decodeEntry, encodeEntry } from '#ledger/entry.ts';
import { encodeEntryBundle } from '#ledger/entry-bundle.ts';
import { createFrontier } from '#ledger/frontier.ts';
import { HASH_BYTES, leafHash, rootOfHashes } from '#ledger/hash.ts';
import { allTiles, entryBundlePath, hashesAtLevel, tilePath, TILE_WIDTH } from '#ledger/tile.ts';
import { renderVkey } from '#ledger/vkey.ts';
import { verifyLedger, verifyPath } from '#ledger/verifier/verify.mjs';
import type { EntryOf } from '#model/events.ts';
import { toBase64 } from '#std/bytes.ts';
import { ORIGIN, playStory } from './verifier-world.ts';
import type { Story } from './verifier-world.ts';

type Resources = Map<string, Uint8Array>;

let story: Story;
let entries: readonly Uint8Array[];
let folder: string;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'picturelock-ledger-'));
  story = await playStory(120); // beyond a thousand entries: full tiles on level 0, partial ones on levels 0 and 1
  entries = story.world.store.entries;
});
after(() => rmSync(folder, { recursive: true, force: true }));

/** What a log server serves for these entries, signed by the log of the story. */
function resourcesOf(list: readonly Uint8Array[]): Resources {
  const resources: Resources = new Map();
  const levels = [Buffer.concat(list.map(leafHash))];
  const part = (level: number, index: number, width: number): Uint8Array =>
    (levels[level] ?? Buffer.alloc(0)).subarray(
      index * TILE_WIDTH * HASH_BYTES,
      (index * TILE_WIDTH + width) * HASH_BYTES,
    );
  for (let level = 1; hashesAtLevel(list.length, level) > 0; level += 1) {
    levels.push(
      Buffer.concat(
        Array.from({ length: hashesAtLevel(list.length, level) }, (_, i) =>
          rootOfHashes(part(level - 1, i, TILE_WIDTH)),
        ),
      ),
    );
  }
  for (const tile of allTiles(list.length)) resources.set(tilePath(tile), part(tile.level, tile.index, tile.width));
  for (let at = 0; at < list.length; at += TILE_WIDTH) {
    const chunk = list.slice(at, at + TILE_WIDTH);
    resources.set(entryBundlePath(at / TILE_WIDTH, chunk.length), encodeEntryBundle(chunk));
  }
  const note = signCheckpoint(
    { origin: ORIGIN, size: list.length, root: rootAt(list, list.length) },
    story.world.sealer.keys,
    1_772_900_000,
  );
  return resources.set('checkpoint', Buffer.from(note));
}

function rootAt(list: readonly Uint8Array[], size: number): Uint8Array {
  const frontier = createFrontier();
  for (const entry of list.slice(0, size)) frontier.appendEntry(entry);
  return frontier.root();
}

function verdict(resources: Resources): { holds: boolean; text: string } {
  const { holds, lines } = verifyLedger((name) => resources.get(name), { policy: story.world.policy });
  return { holds, text: lines.map(({ text }) => text).join('\n') };
}

describe('a whole ledger', () => {
  test('holds at every interesting size', () => {
    for (const size of [1, 2, 30, 255, 256, 257, 511, 512, 513, 768, entries.length]) {
      const { holds, text } = verdict(resourcesOf(entries.slice(0, size)));
      assert.equal(holds, true, `size ${size}: ${text}`);
    }
    assert.match(verdict(resourcesOf(entries)).text, /3 streams are numbered without gaps; \d+ commitments/);
  });

  test('one altered byte in any resource is refused', () => {
    const resources = resourcesOf(entries);
    for (const [name, bytes] of resources) {
      for (const at of new Set([0, 1, bytes.byteLength >> 1, bytes.byteLength - 1])) {
        const altered = Uint8Array.from(bytes);
        altered[at] = (altered[at] ?? 0) ^ 4;
        const { holds } = verdict(new Map(resources).set(name, altered));
        assert.equal(holds, false, `${name} byte ${at}`);
      }
      const fewer = new Map(resources);
      fewer.delete(name);
      assert.match(verdict(fewer).text, new RegExp(`${name.replaceAll('.', '\\.')} is missing`, 'i'));
    }
  });

  test('a log that signs a gap, a wrong commitment or a second stream at one position is caught', () => {
    const rewritten = (
      at: number,
      change: (entry: ReturnType<typeof decodeEntry>) => ReturnType<typeof decodeEntry>,
    ): Resources =>
      resourcesOf(entries.map((bytes, index) => (index === at ? encodeEntry(change(decodeEntry(bytes))) : bytes)));
    const find = (kind: string, from = 0): number =>
      entries.findIndex((bytes, index) => index >= from && decodeEntry(bytes).kind === kind);

    assert.match(
      verdict(rewritten(find('file.accepted'), (entry) => ({ ...entry, n: entry.n + 1 }))).text,
      /of the stream .* is missing/,
    );
    assert.match(
      verdict(
        rewritten(find('ledger.heads'), (entry) => ({
          ...(entry as EntryOf<'ledger.heads'>),
          data: { root: 'ab'.repeat(32), size: 3 },
        })),
      ).text,
      /does not commit to the heads/,
    );
    const project = find('project.created');
    assert.match(
      verdict(
        rewritten(project, (entry) => {
          const created = entry as EntryOf<'project.created'>;
          return { ...created, data: { ...created.data, streamNumber: 2 } };
        }),
      ).text,
      /does not stand at position 1/,
    );
    assert.match(
      verdict(rewritten(find('file.accepted'), (entry) => ({ ...entry, at: 5 }))).text,
      /older than the one before/,
    );
    assert.match(
      verdict(resourcesOf(entries).set('tile/entries/000', encodeEntryBundle(entries.slice(1, 257)))).text,
      /is not what the ledger's tree holds/,
    );
  });

  test('without a policy nothing is claimed', () => {
    const { holds, lines } = verifyLedger(() => undefined);
    assert.equal(holds, false);
    assert.match(lines[0]?.text ?? '', /policy is needed/);
    const resources = resourcesOf(entries).set('policy.txt', Buffer.from(story.world.policy));
    const own = verifyLedger((name) => resources.get(name));
    assert.equal(own.holds, true);
    assert.match(own.lines[0]?.text ?? '', /keys are the ledger's own/);
  });
});

describe('code that we did not write', () => {
  const go = spawnSync('go', ['version'], { encoding: 'utf8' });
  const gopath = '/usr/share/gocode';
  const isThere =
    go.status === 0 && spawnSync('test', ['-d', `${gopath}/src/golang.org/x/mod/sumdb/tlog`]).status === 0;

  test(
    "Go's sumdb/note and sumdb/tlog read our ledger",
    { skip: isThere ? false : "NOT CHECKED: needs Debian's golang-go and golang-golang-x-mod-dev" },
    () => {
      const log = join(folder, 'log');
      for (const [name, bytes] of resourcesOf(entries)) {
        mkdirSync(dirname(join(log, name)), { recursive: true });
        writeFileSync(join(log, name), bytes);
      }
      assert.equal(verifyPath(log, { policy: story.world.policy }).holds, true);

      const program = join(folder, 'check');
      const source = fileURLToPath(new URL('./vectors/go/check.go', import.meta.url));
      const env = { ...process.env, GO111MODULE: 'off', GOPATH: gopath, GOFLAGS: '', CGO_ENABLED: '0' };
      const built = spawnSync('go', ['build', '-o', program, source], { encoding: 'utf8', env, timeout: 120_000 });
      assert.equal(built.status, 0, built.stderr);

      const vkey = renderVkey(logVerifierKeys(ORIGIN, story.world.sealer.keys).ed25519);
      for (const oldSize of [1, 255, 256, 300, entries.length - 1]) {
        const checked = spawnSync(program, [log, vkey, String(oldSize), toBase64(rootAt(entries, oldSize))], {
          encoding: 'utf8',
        });
        assert.equal(checked.status, 0, checked.stderr);
        assert.equal(checked.stdout, `${entries.length} entries\n`);
      }
      const bundle = join(log, 'tile/entries/001');
      const altered = Uint8Array.from(readFileSync(bundle));
      altered[100] = (altered[100] ?? 0) ^ 1;
      writeFileSync(bundle, altered);
      const caught = spawnSync(program, [log, vkey, '1', toBase64(rootAt(entries, 1))], { encoding: 'utf8' });
      assert.equal(caught.status, 1);
      assert.match(caught.stderr, /leaf mismatch/);
    },
  );
});
