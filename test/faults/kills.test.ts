import { test } from 'node:test';
import assert from 'node:assert/strict';
import { killOverAndOver } from './kills.ts';

const KILLS = 10;

test('nothing acknowledged is lost over kill -9 of the engine under load, and the ledger verifies', async () => {
  const { kills, acks } = await killOverAndOver(KILLS, 20_261_121);
  assert.equal(kills, KILLS);
  assert.ok(acks > KILLS * 20, `${acks} acknowledgements`);
});
