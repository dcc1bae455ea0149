/** The order in which a facility stands up again, out of the hosts that it declared. */
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { standingFirst } from './standing-first.ts';
import { drawWorld, newId } from '#model/drawn-world.ts';
import type { DrawnWorld } from '#model/drawn-world.ts';
import { hostRole } from '#model/network-shapes.ts';
import type { HostRole } from '#model/network-shapes.ts';
import type { Host } from '#model/state.ts';

function withHosts(world: DrawnWorld, hosts: readonly (readonly [name: string, role: HostRole])[]): void {
  const zone = newId(world, 'zone');
  for (const [n, [name, role]] of hosts.entries()) {
    const host: Host = { id: newId(world, 'host'), zone, name, role, addresses: [`10.0.0.${n + 1}`] };
    world.state = { ...world.state, hosts: world.state.hosts.set(host.id, host) };
  }
}

const lines = (world: DrawnWorld) =>
  standingFirst(world.state).rows?.rows.map(([, what, machines]) => [what, machines]) ?? [];

test('identity stands after the network, licences after storage, seats last', () => {
  const world = drawWorld();
  withHosts(world, [
    ['edit-07', 'workstation'],
    ['flex-01', 'licence'],
    ['nas-01', 'storage'],
    ['ldap-01', 'identity'],
    ['gw-01', 'firewall'],
  ]);
  const order = lines(world).flatMap(([, machines = '']) => /^[a-z]+-\d+/.exec(machines)?.[0] ?? []);
  assert.deepEqual(order, ['gw-01', 'ldap-01', 'nas-01', 'flex-01', 'edit-07']);
  assert.match(lines(world).find(([what]) => what === 'Network')?.[1] ?? '', /^gw-01 \(10\.0\.0\.5\)$/);
});

test('what is not declared is a line to write on, and none at all is said', () => {
  const world = drawWorld();
  assert.ok(lines(world).every(([, machines]) => machines?.startsWith('none declared: ___')));
  assert.match(standingFirst(world.state).says.join(' '), /NO HOST WITH A ROLE IS DECLARED/);
});

test('every role but those that nothing waits for has its place', () => {
  const world = drawWorld();
  const apart: readonly HostRole[] = ['vault', 'camera', 'printer', 'other'];
  const roles = hostRole.options.filter((role) => !apart.includes(role));
  withHosts(
    world,
    roles.map((role) => [`host-of-${role}`, role]),
  );
  const text = lines(world).flat().join(' ');
  for (const role of roles) assert.ok(text.includes(`host-of-${role} `), role);
});
