/** Published vectors (test/vectors/README.md), against both implementations of the formats: the product's and the verifier's. */
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { verify } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fromBase64, toHex, utf8 } from '#std/bytes.ts';
import { createFrontier } from './frontier.ts';
import { leafHash } from './hash.ts';
import { linesBy, parseNote } from './note.ts';
import { verifyConsistency, verifyInclusion } from './proof.ts';
import { leafHash as verifierLeaf, rootFromInclusion, rootOf } from './verifier/verify.mjs';
import { parseVkey, publicKeyObject, renderVkey } from './vkey.ts';

interface Inclusion {
  readonly file: string;
  readonly leafIdx: number;
  readonly treeSize: number;
  readonly root: string;
  readonly leafHash: string;
  readonly proof: readonly string[] | null;
  readonly wantErr: boolean;
}
interface Consistency {
  readonly file: string;
  readonly size1: number;
  readonly size2: number;
  readonly root1: string;
  readonly root2: string;
  readonly proof: readonly string[] | null;
  readonly wantErr: boolean;
}

function vectors<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(`../../test/vectors/${name}`, import.meta.url), 'utf8')) as T; // a file of this repository
}

function bytes(base64: string | null): Uint8Array {
  return fromBase64(base64 ?? '') ?? assert.fail('a vector that is not base64');
}

function holds(run: () => void): boolean {
  try {
    run();
    return true;
  } catch (error) {
    assert.match(error instanceof Error ? error.constructor.name : '', /^(Invalid|Broken)$/, 'a stray exception');
    return false;
  }
}

test('RFC 6962: the roots of the reference leaves', () => {
  const { leaves, roots } = vectors<{ leaves: readonly string[]; roots: readonly string[] }>('rfc6962.json');
  const frontier = createFrontier();
  const hashes: Uint8Array[] = [];
  assert.equal(toHex(frontier.root()), roots[0]);
  leaves.forEach((leaf, index) => {
    const entry = Buffer.from(leaf, 'hex');
    frontier.appendEntry(entry);
    hashes.push(verifierLeaf(entry));
    assert.equal(toHex(frontier.root()), roots[index + 1]);
    assert.equal(toHex(rootOf(Buffer.concat(hashes))), roots[index + 1]);
    assert.equal(toHex(leafHash(entry)), toHex(verifierLeaf(entry)));
  });
});

test('transparency-dev/merkle: inclusion', () => {
  const cases = vectors<readonly Inclusion[]>('merkle/inclusion.json');
  assert.equal(cases.length, 98);
  for (const { file, leafIdx, treeSize, root, leafHash: leaf, proof, wantErr } of cases) {
    const hashes = (proof ?? []).map(bytes);
    assert.equal(
      holds(() => verifyInclusion(leafIdx, treeSize, bytes(leaf), hashes, bytes(root))),
      !wantErr,
      file,
    );
    const isWhole = [leaf, root, ...(proof ?? [])].every((hash) => bytes(hash).byteLength === 32);
    let root2: Uint8Array | undefined;
    const led = holds(() => void (root2 = rootFromInclusion(leafIdx, treeSize, bytes(leaf), hashes)));
    if (isWhole)
      assert.equal(led && toHex(root2 ?? new Uint8Array()) === toHex(bytes(root)), !wantErr, `${file} (verifier)`);
  }
});

test('transparency-dev/merkle: consistency', () => {
  const cases = vectors<readonly Consistency[]>('merkle/consistency.json');
  assert.equal(cases.length, 98);
  for (const { file, size1, size2, root1, root2, proof, wantErr } of cases) {
    const expected = !wantErr && bytes(root1).byteLength === 32; // one case has a text for a root: refused, see test/vectors/README.md
    assert.equal(
      holds(() => verifyConsistency(size1, size2, bytes(root1), bytes(root2), (proof ?? []).map(bytes))),
      expected,
      file,
    );
  }
});

test('signed-note: the example of the specification', () => {
  const { vkey, note } = vectors<{ vkey: string; note: string }>('signed-note.json');
  const key = parseVkey(vkey);
  assert.equal(renderVkey(key), vkey);
  const parsed = parseNote(note);
  const [line] = linesBy(parsed, key);
  assert.ok(line);
  assert.equal(verify(null, utf8(parsed.text), publicKeyObject(key), line.signature), true);
  assert.equal(verify(null, utf8(`${parsed.text} `), publicKeyObject(key), line.signature), false);
});
