/** For tests: the ends of a flow by the names that a drawn facility gave them, and a flow between them. */
import assert from 'node:assert/strict';
import { ask, newId } from '#model/drawn-world.ts';
import type { CommandOf } from '#model/commands.ts';
import { DAY_MS } from '#model/limits.ts';
import type { FlowEnd } from '#model/network-shapes.ts';
import type { DrawnFacility } from '#plan/network/test-facility.ts';
import type { FlowId } from '#std/ids.ts';

export function zone({ zones }: DrawnFacility, name: string): FlowEnd {
  const id = zones.get(name);
  assert.ok(id !== undefined, `${name} is drawn`);
  return { kind: 'zone', zone: id };
}

export function host({ hosts }: DrawnFacility, name: string): FlowEnd {
  const id = hosts.get(name);
  assert.ok(id !== undefined, `${name} is drawn`);
  return { kind: 'host', host: id };
}

export function addFlow(
  { world, services }: DrawnFacility,
  from: FlowEnd,
  to: FlowEnd,
  service: string,
  more: Partial<CommandOf<'add-flow'>> = {},
): FlowId {
  const id = services.get(service);
  assert.ok(id !== undefined, `${service} is drawn`);
  const flow = newId(world, 'flow');
  const [owner, reviewBy] = [world.owner, world.at + 90 * DAY_MS];
  const base = { kind: 'add-flow', flow, from, to, service: id, owner, reviewBy } as const;
  ask(world, { ...base, class: 'standard', reason: 'a test of the network', ...more });
  return flow;
}
