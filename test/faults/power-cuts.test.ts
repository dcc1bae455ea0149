import { test } from 'node:test';
import { playPowerCuts } from './power-cuts.ts';

const SEEDS = 400;

test('nothing acknowledged is lost over power cuts that keep any subset of unsynced sectors', async () => {
  for (let seed = 1; seed <= SEEDS; seed += 1) await playPowerCuts(seed);
});
