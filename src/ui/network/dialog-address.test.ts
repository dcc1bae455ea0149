import { test } from 'node:test';
import assert from 'node:assert/strict';
import { dialogOf, dialogQuery } from './dialog-address.ts';

test('a dialog reads back from its address', () => {
  const start = { address: '10.20.0.9', mac: '02:00:00:00:00:09', from: undefined };
  const search = new URLSearchParams(dialogQuery('host', undefined, start));
  assert.equal(search.toString(), 'do=host&new-address=10.20.0.9&new-mac=02%3A00%3A00%3A00%3A00%3A09');
  const dialog = dialogOf(search);
  assert.equal(dialog?.noun, 'host');
  assert.equal(dialog?.id, undefined);
  assert.equal(dialog?.start['address'], '10.20.0.9');
  assert.equal(dialog?.start['zone'], undefined);
});

test('an address of something else opens nothing', () => {
  assert.equal(dialogOf(new URLSearchParams('do=everything')), undefined);
  assert.equal(dialogOf(new URLSearchParams('')), undefined);
});
