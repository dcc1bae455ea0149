import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keep, renewalEveryMs } from '#host/vault/keeping.ts';
import type { LedgerLink } from '#host/vault/ledger-link.ts';
import { DAY_MS, edit, openTestVault, store } from '#vault/server/test-vault.ts';
import type { Immutable } from '#vault/server/vault.ts';
import { Fault } from '#std/refused.ts';

const nothing = async (): Promise<undefined> => undefined;

for (const [what, lockDays, everyMs] of [
  ['no client', [], DAY_MS],
  ['locks of a month and a year', [365, 30], DAY_MS],
  ['locks of a day among longer ones', [30, 1], DAY_MS / 2],
] as const)
  test(`locks are renewed once a day, and long before the shortest ends: ${what}`, () => {
    const clients = lockDays.map((days) => ({ name: `of-${days}`, quotaBytes: 0, lockDays: days, reads: true }));
    assert.equal(renewalEveryMs(clients), everyMs);
  });

/** What fails for a while. */
type Away = 'the bolt' | 'the look' | 'the engine' | 'any ledger';

test('a renewal that failed, whose look failed, or that was not told is made up for by the next round, and told once', async (t) => {
  const away = new Set<Away>();
  const done: string[] = [];
  const expect = (what: Away, code: string): void => {
    done.push(what);
    if (away.has(what)) throw new Fault(code, `${what} is away`, { retry: true });
  };
  const immutable: Immutable = {
    lock: nothing,
    renew: async () => expect('the bolt', 'bolt-gone'),
    async hold() {
      expect('the look', 'bolt-gone');
      return [];
    },
    letGoDamaged: nothing,
  };
  const world = await openTestVault({ immutable });
  t.after(world.remove);
  const { vault, clock } = world;
  const told: [objects: number, days: number][] = [];
  const link = {
    sendReceipts: nothing,
    sendDamage: nothing,
    sendRefusals: nothing,
    sendGrowth: nothing,
    approved: () => ({ now: new Set(), declined: new Set() }),
    isPaused: () => true,
    onHold: () => new Set(),
    async sendRenewal(objects: number, lockedUntil: number) {
      expect('the engine', 'engine-lost');
      told.push([objects, (lockedUntil - clock.reading.wall) / DAY_MS]);
    },
  } as unknown as LedgerLink; // what a round asks of it
  const keeping = keep({
    vault,
    clients: () => [edit],
    ledger: () => (away.has('any ledger') ? undefined : link),
    following: { word: () => undefined },
    onTrouble: () => undefined,
  });
  await store(vault, 'data', 'picture');
  await keeping.round();
  for (const what of ['the bolt', 'the look', 'the engine', 'any ledger'] as const) {
    clock.pass(DAY_MS);
    told.length = 0;
    away.add(what);
    await keeping.round();
    assert.deepEqual(told, [], what);
    away.clear();
    done.length = 0;
    await keeping.round();
    assert.deepEqual(told, [[1, 30]], `${what} is there again`);
    const again = {
      'the bolt': ['the bolt', 'the look'],
      'the look': ['the look'],
      'the engine': [],
      'any ledger': [],
    };
    assert.deepEqual(done, [...again[what], 'the engine'], 'no more than what was not done');
    await keeping.round();
    assert.equal(told.length, 1, 'and is not told again');
  }
});
