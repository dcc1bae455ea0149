import { test } from 'node:test';
import assert from 'node:assert/strict';
import { parseDecimal } from './decimal.ts';
import { parseTlogProof, renderTlogProof } from './tlog-proof.ts';

const NOTE = 'example.com/log\n3\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n\n— example.com/log AAAAAAA=\n';
const HASHES = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)];

test('a proof reads back as it was written, with and without extra data', () => {
  const plain = { index: 0, proof: HASHES, checkpoint: NOTE };
  assert.deepEqual(parseTlogProof(renderTlogProof(plain)), plain);
  assert.deepEqual(parseTlogProof(renderTlogProof({ ...plain, proof: [] })), { ...plain, proof: [] });
  const extra = { ...plain, extra: Buffer.from('x') };
  assert.deepEqual(parseTlogProof(renderTlogProof(extra)), extra);
});

test('anything else is refused', () => {
  const good = renderTlogProof({ index: 12, proof: HASHES, checkpoint: NOTE });
  const wrong = [
    '',
    good.replace('@v1', '@v2'),
    good.replace('index 12', 'index 012'),
    good.replace('index 12', 'index -1'),
    good.replace('index 12', 'index'),
    good.replace('=\n', '\n'),
    good.replace('AQEB', 'AQE_'),
    good.replace('\n', '\r\n'),
    good.replace('index 12\n', ''),
    good.replace('index 12', 'index 9007199254740993'),
    good.replace('index 12\n', `index 12\n${'AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=\n'.repeat(62)}`),
  ];
  for (const text of wrong)
    assert.throws(() => parseTlogProof(text), { name: 'Invalid' }, JSON.stringify(text.slice(0, 60)));
});

test('decimals have one spelling', () => {
  assert.deepEqual(['0', '7', '9007199254740991'].map(parseDecimal), [0, 7, 9_007_199_254_740_991]);
  for (const text of ['', ' 1', '1 ', '+1', '-1', '01', '1.0', '1e3', '0x10', '9007199254740992', '１'])
    assert.equal(parseDecimal(text), undefined, text);
});
