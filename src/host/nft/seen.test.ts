/** Connections of one flow count once, and none of them is forgotten for another. */
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { together } from './seen.ts';

const FLOW = { isMarked: false, from: '10.0.0.1', to: '10.0.1.1', protocol: 'tcp', port: 445 };
const gateway = (from: string): boolean => from === '10.0.9.1';

test('a flow keeps each of its connections, whatever their order', () => {
  const [one, two] = [
    { ...FLOW, id: '7' },
    { ...FLOW, id: '9' },
  ];
  assert.deepEqual(together([one, undefined, two], gateway), [{ ...FLOW, ids: ['7', '9'] }]);
  assert.deepEqual(together([two, one], gateway), [{ ...FLOW, ids: ['9', '7'] }]);
  const marked = { ...FLOW, isMarked: true };
  assert.deepEqual(together([one, { ...marked, id: '8' }], gateway), [
    { ...FLOW, ids: ['7'] },
    { ...marked, ids: ['8'] },
  ]);
});

test('what the gateway began is left out, and a flood has a limit', () => {
  assert.deepEqual(together([{ ...FLOW, from: '10.0.9.1', id: '1' }], gateway), []);
  const many = Array.from({ length: 30_000 }, (_, port) => ({ ...FLOW, port, id: `${port}` }));
  const busy = Array.from({ length: 5000 }, (_, id) => ({ ...FLOW, port: 0, id: `b${id}` }));
  const seen = together([...many, ...busy], gateway);
  assert.equal(seen.length, 20_000);
  assert.equal(seen[0]?.ids.length, 1000);
});
