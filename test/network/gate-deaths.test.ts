/** A gate that dies between what the packet filter does and what the ledger says: its next life leaves no rules that nobody can keep, and none that are not kept. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { opened } from './acts.ts';
import type { GuardedFacility } from './guarded-facility.ts';
import { SMB } from './guarded-facility.ts';
import { withoutNamespaces } from './namespaces.ts';
import type { NetworkGate } from '#gates/network/gate.ts';
import type { Warden } from '#ports/warden.ts';
import { Fault } from '#std/refused.ts';

const skip = withoutNamespaces();

interface Dying extends GuardedFacility {
  /** The first gate has done this, and does nothing more. */
  readonly died: Promise<void>;
  nextLife(): NetworkGate;
}

/** The first gate dies when the warden has done `verb`, before it hears of it. */
async function dyingAfter(t: TestContext, verb: 'load' | 'confirm'): Promise<Dying> {
  const [died, buried] = [Promise.withResolvers<void>(), Promise.withResolvers<never>()];
  buried.promise.catch(() => undefined);
  let lives = 0;
  const between = (warden: Warden): Warden => {
    lives += 1;
    if (lives > 1) return warden;
    const die = async (): Promise<never> => {
      died.resolve();
      return buried.promise;
    };
    return {
      ...warden,
      load: async (rules, options) => {
        const committed = await warden.load(rules, options);
        return verb === 'load' ? die() : committed;
      },
      confirm: async () => (verb === 'confirm' ? die() : warden.confirm()),
    };
  };
  let next: NetworkGate | undefined;
  t.after(() => next?.close());
  t.after(() => buried.reject(new Fault('dead', 'the first life is over')));
  const facility = await opened(t, { between, timings: { confirmMs: 600_000 } });
  return { ...facility, died: died.promise, nextLife: () => (next = facility.startGate()) };
}

test(
  'rules that were loaded and never recorded are recorded by the next life, and can be kept',
  { skip },
  async (t) => {
    const facility = await dyingAfter(t, 'load');
    const { ask, engine, died, nextLife, broker, nas, guarded } = facility;
    await nas.serve(SMB);
    await ask({ kind: 'change-network-mode', mode: 'enforce' });
    await died;
    assert.equal(engine.state().network.apply, undefined, 'nobody could confirm');
    assert.equal((await guarded.warden.status()).isPending, true);
    const gate = nextLife();
    await gate.level();
    const { apply } = engine.state().network;
    assert.equal(apply?.standing, 'unconfirmed');
    assert.equal(await broker.tryOpen(nas.v4, SMB), 'ECONNREFUSED');
    await ask({ kind: 'confirm-apply', apply: apply.id });
    await gate.level();
    assert.equal((await guarded.warden.status()).isPending, false);
    assert.equal(engine.state().network.apply?.id, apply.id, 'once');
  },
);

test('rules that were kept, of which the warden never heard, are kept by the next life', { skip }, async (t) => {
  const facility = await dyingAfter(t, 'confirm');
  const { ask, engine, died, nextLife, until, guarded } = facility;
  // The warden is not told at all: the gate is dead before its word has gone out.
  await ask({ kind: 'change-network-mode', mode: 'enforce' });
  const { network } = await until((state) => state.network.apply?.standing === 'unconfirmed');
  assert.ok(network.apply !== undefined);
  await ask({ kind: 'confirm-apply', apply: network.apply.id });
  await died;
  assert.equal((await guarded.warden.status()).isPending, true);
  await nextLife().level();
  assert.equal((await guarded.warden.status()).isPending, false);
  assert.deepEqual(
    engine.state().network.apply,
    { ...network.apply, standing: 'confirmed' },
    'nothing was loaded anew',
  );
});

test('an apply that the ledger did not take is loaded again and recorded', { skip }, async (t) => {
  const facility = await opened(t, { timings: { confirmMs: 600_000, againMs: 20 } });
  const { engine, ask, until, guarded } = facility;
  const command = engine.command.bind(engine);
  let refusals = 0;
  engine.command = async (asked, by) => {
    if (asked.kind !== 'record-apply' || refusals > 0) return command(asked, by);
    refusals += 1;
    throw new Fault('engine-gone', 'the engine does not answer', { retry: true });
  };
  await ask({ kind: 'change-network-mode', mode: 'enforce' });
  const { network } = await until((state) => state.network.apply?.standing === 'unconfirmed');
  assert.equal(refusals, 1);
  assert.equal((await guarded.warden.status()).isPending, true);
  assert.ok(network.apply !== undefined);
  await ask({ kind: 'confirm-apply', apply: network.apply.id });
  await facility.gate.level();
  assert.equal((await guarded.warden.status()).isPending, false);
});
