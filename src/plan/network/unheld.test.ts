/** A quarantine that nothing enforces is said, wherever quarantines are shown and in the proof. */
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { addPerson, addProject, ask, newId } from '#model/drawn-world.ts';
import type { QuarantineScope } from '#model/network-shapes.ts';
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

test('a person or a project is held by the machines that are theirs alone, and where there are none that is said', () => {
  const { world, zones } = drawFacility('small');
  const zone = zones.get('production') ?? assert.fail();
  const [owner, project] = [addPerson(world), addProject(world, 'lone')];
  ask(world, { kind: 'change-network-mode', mode: 'enforce' });
  const gap = (scope: QuarantineScope, name: string, addresses?: readonly string[]): string | undefined => {
    const before = world.state;
    const host = newId(world, 'host');
    if (addresses !== undefined)
      ask(world, { kind: 'add-host', host, zone, name, addresses: [...addresses], owner, projects: [project] });
    const [quarantine, cut] = [newId(world, 'quarantine'), newId(world, 'cut')];
    ask(world, { kind: 'quarantine', quarantine, cut, scope, reason: 'odd' });
    const says = unheld(world.state, world.state.network.quarantines.get(quarantine) ?? assert.fail())?.says;
    world.state = before;
    return says;
  };
  for (const scope of [{ kind: 'person', person: owner } as const, { kind: 'project', project } as const]) {
    assert.match(gap(scope, 'none') ?? '', /^No machine of the model/);
    assert.match(gap(scope, 'bare', []) ?? '', /^bare has no address/);
    assert.equal(gap(scope, 'theirs', ['10.20.8.78']), undefined);
  }
});
