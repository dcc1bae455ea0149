/** Each preset, made by the real commands, keeps all fourteen invariants and its own tests, with and without IPv6. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DrawnWorld } from '#model/drawn-world.ts';
import { addProject, ask, drawWorld, newId } from '#model/drawn-world.ts';
import { checkTests } from '#plan/facility-file/assertions.ts';
import type { Reader } from '#plan/facility-file/names.ts';
import { planImport } from '#plan/facility-file/plan-import.ts';
import { proveInvariants } from '#plan/network/invariants.ts';
import type { PresetOptions } from '#plan/presets/preset.ts';
import { preset } from '#plan/presets/preset.ts';
import { FACILITY_SIZES } from '#plan/presets/zone-table.ts';

function world(): DrawnWorld {
  const drawn = drawWorld();
  addProject(drawn, 'nightjar', 'high-security');
  addProject(drawn, 'saltmarsh', 'high-security');
  return drawn;
}

function built(options: Omit<PresetOptions, 'at'>) {
  const drawn = world();
  const made = preset({ ...options, at: drawn.at });
  assert.ok(made.kind === 'ok', JSON.stringify(made));
  const { changes, troubles } = planImport(drawn.state, made.value, readerOf(drawn));
  assert.deepEqual(troubles, []);
  ask(drawn, { kind: 'import-network', changes: [...changes] });
  enforced(drawn);
  return { drawn, file: made.value };
}

function readerOf(drawn: DrawnWorld): Reader {
  return { at: drawn.at, makeId: (kind) => newId(drawn, kind), me: drawn.owner };
}

/** As if a gateway had loaded the rules: I1 and I14 ask for that. */
function enforced(drawn: DrawnWorld): void {
  ask(drawn, { kind: 'change-network-mode', mode: 'enforce' });
  const hash = 'a'.repeat(64);
  const apply = { apply: newId(drawn, 'apply'), mode: 'enforce', fromSize: 1, elements: 0, commitMs: 1 } as const;
  ask(drawn, { kind: 'record-apply', ...apply, rulesSha256: hash, listingSha256: hash });
}

for (const size of FACILITY_SIZES) {
  for (const network6 of [undefined, 'fd20:1:2::/48']) {
    test(`the ${size} preset keeps every invariant${network6 === undefined ? '' : ', IPv6 included'}`, () => {
      const enclaves = size === 'large' ? ['nightjar', 'saltmarsh'] : [];
      const { drawn, file } = built({ size, network: '10.20.0.0/16', network6, enclaves });
      const { invariants } = proveInvariants(drawn.state, drawn.at);
      const broken = invariants.flatMap(({ holds, violations }) =>
        holds === true ? [] : violations.map(({ invariant, says }) => `${invariant}: ${says}`),
      );
      assert.deepEqual(broken, []);
      assert.equal(invariants.length, 14);
      assert.deepEqual(
        checkTests(drawn.state, file.tests ?? [], drawn.at).filter(({ holds }) => !holds),
        [],
      );
      const again = planImport(drawn.state, file, readerOf(drawn));
      assert.deepEqual(again, { changes: [], troubles: [] });
    });
  }
}

test('the small preset folds, and keeps production apart from everything that faces outward', () => {
  const { drawn } = built({ size: 'small', network: '10.20.0.0/16' });
  const names = [...drawn.state.zones.values()].map(({ name }) => name).sort();
  assert.deepEqual(names, ['core', 'dmz', 'internet', 'io', 'office', 'production', 'vault']);
  const { network } = drawn.state;
  for (const { class: flowClass, to } of network.flows.values())
    if (to.kind === 'zone' && drawn.state.zones.get(to.zone)?.name === 'production') assert.equal(flowClass, 'admin');
});

test('the plan of addresses follows the network that is given, and what does not fit is refused', () => {
  const { drawn } = built({ size: 'mid', network: '172.16.0.0/12', vlanBase: 1000 });
  const storage = drawn.state.zones.find(({ name }) => name === 'storage');
  assert.deepEqual(storage?.networks, [{ cidr: '172.16.28.0/24', vlan: 1028 }]);
  const bad: readonly Partial<PresetOptions>[] = [
    { network: '10.20.0.0/24' },
    { network: '10.20.0.1/16' },
    { network: 'fd20::/48' },
    { network6: 'fd20:1:2::/64' },
    { network6: '10.0.0.0/8' },
    { vlanBase: 4000 },
    { vlanBase: 0.5 },
    { enclaves: Array.from({ length: 17 }, (_, i) => `title-${i}`) },
  ];
  for (const options of bad) {
    const refusal = preset({ size: 'large', network: '10.20.0.0/16', at: 0, ...options });
    assert.equal(refusal.kind, 'refused', JSON.stringify(options));
  }
});

test('a preset goes onto a facility that has something already, and takes away what it does not name', () => {
  const drawn = world();
  const flat = newId(drawn, 'zone');
  ask(drawn, { kind: 'add-zone', zone: flat, name: 'flat', trust: 50, networks: [{ cidr: '10.20.16.0/24' }] });
  const made = preset({ size: 'small', network: '10.20.0.0/16', at: drawn.at });
  assert.ok(made.kind === 'ok');
  const plan = planImport(drawn.state, made.value, readerOf(drawn));
  ask(drawn, { kind: 'import-network', changes: [...plan.changes] });
  assert.equal(drawn.state.zones.has(flat), false);
});
