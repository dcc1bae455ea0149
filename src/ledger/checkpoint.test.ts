import { test } from 'node:test';
import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { generateKeyPairSync } from 'node:crypto';
import { ml_dsa44 } from '@noble/post-quantum/ml-dsa.js';
import { logVerifierKeys, openCheckpoint, parseCheckpoint, renderCheckpoint, signCheckpoint } from './checkpoint.ts';
import { cosign, cosignedAt, subtreeMessage } from './cosignature.ts';
import { parseNote, renderNote } from './note.ts';
import { meetsQuorum, parsePolicy, renderLogPolicy } from './policy.ts';
import { fromPublicBytes, parseVkey, renderVkey, verifierKey } from './vkey.ts';

const ORIGIN = 'facility.example/ledger';
const KEYS = {
  ed25519: generateKeyPairSync('ed25519').privateKey,
  mlDsa44: generateKeyPairSync('ml-dsa-44').privateKey,
};
const OTHER = {
  ed25519: generateKeyPairSync('ed25519').privateKey,
  mlDsa44: generateKeyPairSync('ml-dsa-44').privateKey,
};
const CHECKPOINT = { origin: ORIGIN, size: 70_000, root: Buffer.alloc(32, 9) };
const NOTE = signCheckpoint(CHECKPOINT, KEYS, 1_763_700_000);
const VERIFIERS = logVerifierKeys(ORIGIN, KEYS);

test('a checkpoint of ours opens with both keys', () => {
  const opened = openCheckpoint(NOTE, [VERIFIERS.ed25519, VERIFIERS.mlDsa44]);
  assert.deepEqual({ ...opened, root: Buffer.from(opened.root) }, CHECKPOINT);
});

test('every altered character of the note is refused', () => {
  const required = [VERIFIERS.ed25519, VERIFIERS.mlDsa44];
  const bytes = Buffer.from(NOTE);
  for (let at = 0; at < bytes.byteLength; at += at < 400 ? 1 : 97) {
    const altered = Buffer.from(bytes);
    altered[at] = (altered[at] ?? 0) ^ 1;
    assert.throws(() => openCheckpoint(altered.toString('utf8'), required), { name: 'Invalid' }, `byte ${at}`);
  }
});

test('other keys do not open it, and a known key with a bad line sinks the note', () => {
  const others = logVerifierKeys(ORIGIN, OTHER);
  assert.throws(() => openCheckpoint(NOTE, [others.ed25519]), /no signature/);
  assert.throws(() => openCheckpoint(NOTE, [VERIFIERS.ed25519, others.mlDsa44]), /no signature/);
  const note = parseNote(NOTE);
  const [first, second] = note.signatures;
  assert.ok(first && second);
  const bad = renderNote({
    ...note,
    signatures: [first, { ...second, signature: Buffer.alloc(second.signature.byteLength) }],
  });
  assert.throws(() => openCheckpoint(bad, [VERIFIERS.ed25519], [VERIFIERS.mlDsa44]), /bad signature/);
});

test('a second implementation of ML-DSA-44 accepts our line, and we accept its line', () => {
  const line = parseNote(NOTE).signatures[1] ?? assert.fail();
  const seconds = cosignedAt(line.signature) ?? assert.fail();
  const message = subtreeMessage(CHECKPOINT, ORIGIN, seconds);
  assert.equal(ml_dsa44.verify(line.signature.subarray(8), message, VERIFIERS.mlDsa44.publicBytes), true);
  assert.equal(
    ml_dsa44.verify(line.signature.subarray(8), Buffer.concat([message, Buffer.of(0)]), VERIFIERS.mlDsa44.publicBytes),
    false,
  );

  const pair = ml_dsa44.keygen(Buffer.alloc(32, 3));
  const witness = fromPublicBytes('other.example/pq', 6, pair.publicKey);
  const time = Buffer.from('0000000000000005', 'hex');
  const signature = ml_dsa44.sign(subtreeMessage(CHECKPOINT, witness.name, 5), pair.secretKey);
  const note = parseNote(NOTE);
  const cosigned = renderNote({
    ...note,
    signatures: [
      ...note.signatures,
      { name: witness.name, id: witness.id, signature: Buffer.concat([time, signature]) },
    ],
  });
  openCheckpoint(cosigned, [VERIFIERS.ed25519, witness]);
});

test('the message is laid out as tlog-cosignature draws it', () => {
  const message = Buffer.from(subtreeMessage({ origin: 'o', size: 258, root: Buffer.alloc(32, 0xaa) }, 'cos', 7));
  assert.equal(
    message.toString('hex'),
    `${Buffer.from('subtree/v1\n\0').toString('hex')}03${Buffer.from('cos').toString('hex')}0000000000000007` +
      `01${Buffer.from('o').toString('hex')}0000000000000000` +
      `0000000000000102${'aa'.repeat(32)}`,
  );
});

test('witnesses cosign in both types', () => {
  const witnesses = [
    cosign(CHECKPOINT, { type: 4, name: 'w.example/ed', privateKey: OTHER.ed25519 }, 5),
    cosign(CHECKPOINT, { type: 6, name: 'w.example/pq', privateKey: OTHER.mlDsa44 }, 5),
  ];
  const note = parseNote(NOTE);
  const cosigned = renderNote({ ...note, signatures: [...note.signatures, ...witnesses] });
  const keys = [verifierKey('w.example/ed', 4, OTHER.ed25519), verifierKey('w.example/pq', 6, OTHER.mlDsa44)];
  openCheckpoint(cosigned, [VERIFIERS.ed25519, ...keys]);
  assert.throws(() => openCheckpoint(NOTE, keys), /no signature of w.example\/ed/);
});

test('a verifier key altered by one character does not fit its id', () => {
  const vkey = renderVkey(VERIFIERS.ed25519);
  assert.deepEqual(parseVkey(vkey), VERIFIERS.ed25519);
  for (let at = 0; at < vkey.length; at += 1) {
    const altered = `${vkey.slice(0, at)}${vkey[at] === 'b' ? 'c' : 'b'}${vkey.slice(at + 1)}`;
    assert.throws(() => parseVkey(altered), { name: 'Invalid' }, `character ${at}`);
  }
});

test('checkpoints are read strictly', () => {
  const good = renderCheckpoint(CHECKPOINT);
  assert.equal(parseCheckpoint(good).size, 70_000);
  const bad = [
    good.replace('70000', '070000'),
    good.replace('70000', '+70000'),
    good.replace('70000', ''),
    good.replace('70000', '9007199254740993'),
    good.replace('=\n', '\n'),
    good.replace('\n', '\r\n'),
    `${good}extension\n`,
    good.slice(0, -1),
    good.replace('70000', ' 70000'),
    '',
  ];
  for (const text of bad) assert.throws(() => parseCheckpoint(text), { name: 'Invalid' }, JSON.stringify(text));
});

test('notes are split at the last empty line and hold at least sixteen signatures', () => {
  const line = parseNote(NOTE).signatures[0] ?? assert.fail();
  const note = { text: 'one\n\ntwo\n', signatures: Array.from({ length: 16 }, () => line) };
  assert.equal(parseNote(renderNote(note)).text, note.text);
  assert.equal(parseNote(renderNote(note)).signatures.length, 16);
  for (const bad of [
    '',
    'a\n',
    'a\n\n',
    'a\r\n\n— k AAAAAAA=\n',
    'a\n\n- k AAAAAAA=\n',
    'a\n\n— k AAAAAAA\n',
    'a\n\n— k AAAAAAA=',
  ]) {
    assert.throws(() => parseNote(bad), { name: 'Invalid' }, JSON.stringify(bad));
  }
});

test('the policy of a log round-trips, and quorums count', () => {
  const policy = parsePolicy(renderLogPolicy(VERIFIERS));
  assert.equal(policy.logs[0]?.name, ORIGIN);
  assert.equal(
    meetsQuorum(policy, (name) => name === 'log-ml-dsa-44'),
    true,
  );
  assert.equal(
    meetsQuorum(policy, () => false),
    false,
  );
  const log = renderVkey(VERIFIERS.ed25519);
  const pq = renderVkey(VERIFIERS.mlDsa44);
  const bad = [
    '',
    `log ${log}\n`,
    `log ${log}\nlog ${log}\nquorum none\n`,
    `log ${pq}\nquorum none\n`,
    `witness a ${pq}\nwitness b ${pq}\nquorum a\n`,
    `witness none ${pq}\nquorum none\n`,
    `quorum a\nwitness a ${pq}\n`,
    `witness a ${pq}\ngroup g 2 a\nquorum g\n`,
    `quorum none\nquorum none\n`,
    `witness a ${pq}\ngroup g any a\ngroup h any a\nquorum g\n`,
    `quorum none\r\n`,
    `rule x\nquorum none\n`,
  ];
  for (const text of bad)
    assert.throws(() => parsePolicy(text), { name: 'Invalid' }, JSON.stringify(text.slice(0, 60)));
});
