/** A quarantine that nothing enforces is said, wherever quarantines are shown and in the proof. */
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { ask, newId } from '#model/drawn-world.ts';
import { proveInvariants } from '#plan/network/invariants.ts';
import { drawFacility } from '#plan/network/test-facility.ts';
import { unheld } from '#plan/network/unheld.ts';

test('in mode off, and of a machine without addresses, what is not held is said with what to do', () => {
  const { world, zones } = drawFacility('small');
  const [host, zone] = [newId(world, 'host'), zones.get('production') ?? assert.fail()];
  ask(world, { kind: 'add-host', host, zone, name: 'loaned', addresses: [] });
  const [quarantine, cut] = [newId(world, 'quarantine'), newId(world, 'cut')];
  ask(world, { kind: 'quarantine', quarantine, cut, scope: { kind: 'host', host }, reason: 'odd' });
  const said = () => {
    const one = world.state.network.quarantines.get(quarantine) ?? assert.fail();
    const proof = proveInvariants(world.state, world.at).invariants[0]?.violations ?? [];
    return { gap: unheld(world.state, one), inProof: proof.map(({ says }) => says) };
  };
  const off = said();
  assert.match(off.gap?.says ?? '', /mode off/);
  assert.match(off.gap?.next ?? '', /observe/);
  assert.ok(off.inProof.includes(off.gap?.says ?? ''));
  ask(world, { kind: 'change-network-mode', mode: 'observe' });
  const bare = said();
  assert.match(bare.gap?.says ?? '', /loaned has no address/);
  assert.ok(bare.inProof.includes(bare.gap?.says ?? ''));
  ask(world, { kind: 'change-host', host, zone, name: 'loaned', addresses: ['10.20.8.77'] });
  const held = said();
  assert.equal(held.gap, undefined);
  assert.ok(held.inProof.every((says) => !says.includes('loaned')));
});

test('a person or a project is held by the machines that are theirs alone', () => {
  const { world, zones, people, projects } = drawFacility('small');
  const zone = zones.get('production') ?? assert.fail();
  const [owner, project] = [people[0] ?? assert.fail(), projects[0] ?? assert.fail()];
  ask(world, { kind: 'change-network-mode', mode: 'enforce' });
  for (const scope of [{ kind: 'person', person: owner } as const, { kind: 'project', project } as const]) {
    assert.equal(unheld(world.state, { scope }), undefined);
    const before = world.state;
    ask(world, {
      kind: 'add-host',
      host: newId(world, 'host'),
      zone,
      name: 'bare',
      addresses: [],
      owner,
      projects: [project],
    });
    assert.match(unheld(world.state, { scope })?.says ?? '', /^bare has no address/);
    world.state = before;
  }
});
