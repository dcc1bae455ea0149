/**
 * Networks that are laid out oddly, with real packets: a zone whose networks lie around another's (the model refuses overlaps), a host with a foot
 * in two zones, links named like words of the packet filter, ranges of ports, and neighbours that no gateway stands between.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Lab } from '#host/lab/lab.ts';
import { openLab } from '#host/lab/lab.ts';
import { THE_GATEWAY } from '#host/lab/layout.ts';
import { whyNoLab } from '#host/lab/namespace.ts';
import { gatewayProbes, neighbourProbes, planProbes } from '#host/lab/probe-plan.ts';
import type { Probe } from '#host/lab/probe-plan.ts';
import type { FacilityFile } from '#model/facility-file.ts';

const why = await whyNoLab();
const skip = why === undefined ? false : `THE LAB WAS NOT RUN: ${why}`;

async function withLab(file: FacilityFile, use: (lab: Lab) => Promise<void>): Promise<void> {
  const lab = await openLab(file);
  try {
    await use(lab);
  } finally {
    await lab.close();
  }
}

function between(probes: readonly Probe[], from: string, to: string): readonly Probe[] {
  return probes.filter((probe) => probe.from.name === from && probe.to.name === to);
}

const review = new Date(Date.now() + 90 * 86_400_000).toISOString().slice(0, 10);
const ODD: FacilityFile = {
  facility: 1,
  zones: {
    floor: {
      trust: 30,
      networks: ['10.1.0.0/22', '10.1.8.0/21', 'fd01::/64'],
      kinds: ['corporate'],
      content: 'none',
      link: 'drop',
    },
    suite: {
      trust: 30,
      networks: ['10.1.5.0/24', 'fd01:0:0:5::/64'],
      kinds: ['corporate'],
      content: 'none',
      link: 'log',
    },
    core: { trust: 90, networks: ['10.9.0.0/24'], kinds: ['core'], content: 'none', link: 'limit' },
  },
  hosts: {
    desk: { zone: 'floor', addresses: ['10.1.0.8', 'fd01::8'] },
    other: { zone: 'floor', addresses: ['10.1.9.8'] },
    console: { zone: 'suite', addresses: ['10.1.5.8', 'fd01:0:0:5::8'] },
    names: { zone: 'core', addresses: ['10.9.0.8'] },
  },
  services: { range: { ports: ['tcp/7000-7010', 'udp/7005'] }, names: { ports: ['udp/53'] } },
  flows: [
    { from: 'floor', to: 'suite/console', service: 'range', reason: 'reviews', review },
    { from: 'suite', to: 'core/names', service: 'names', class: 'core-service', reason: 'names', review },
  ],
};

test(
  'a network between two of another zone, links named like reserved words, and ranges: packets do what is proved',
  { skip },
  async () => {
    await withLab(ODD, async ({ layout, ports, policyNow, compare }) => {
      const probes = planProbes(layout, policyNow().policy, ports, { seed: 3, random: 500 });
      const neighbours = neighbourProbes(layout, 22);
      const checked = await compare('odd', [...probes, ...neighbours]);
      assert.deepEqual(checked.disagreements, []);
      assert.ok(
        between(probes, 'desk', 'console').some(({ port }) => port === 7010),
        'the end of the range',
      );
      assert.ok(between(probes, 'desk', 'console').every(({ from, to }) => from.family === to.family));
      assert.ok(
        checked.passed > neighbours.length && neighbours.length > 0,
        'neighbours reach each other below the gateway',
      );
    });
  },
);

test('a host with a foot in two zones speaks as the zone of each address', { skip }, async () => {
  const dual: FacilityFile = {
    ...ODD,
    hosts: { ...ODD.hosts, both: { zone: 'suite', addresses: ['10.1.5.9', '10.9.0.9'] } },
    exceptions: [{ invariant: 'I6', host: 'both', reason: 'two cards until the new switch is here', until: review }],
  };
  await withLab(dual, async ({ layout, ports, policyNow, compare }) => {
    const probes = planProbes(layout, policyNow().policy, ports, { seed: 4, random: 200 });
    const own = probes.filter(({ from, to }) => from.name === 'both' || to.name === 'both');
    assert.ok(own.length > 50);
    assert.deepEqual((await compare('dual', own)).disagreements, []);
  });
});

test('a firewall of the model is the gateway: flows lead to it, and its own zone is beside it', { skip }, async () => {
  const guarded: FacilityFile = {
    ...ODD,
    hosts: { ...ODD.hosts, fw: { zone: 'core', role: 'firewall', addresses: ['10.9.0.1'] } },
    flows: [
      ...(ODD.flows ?? []),
      { from: 'suite', to: 'core/fw', service: 'names', class: 'core-service', reason: 'names', review },
    ],
  };
  await withLab(guarded, async ({ layout, ports, policyNow, compare }) => {
    const probes = gatewayProbes(layout, policyNow().policy, ports, 6);
    const { cells, disagreements } = await compare('gateway', probes);
    assert.deepEqual(disagreements, []);
    const passedTo = (from: string) => cells.find((cell) => cell.from === from && cell.to === 'core')?.passed ?? 0;
    assert.equal(passedTo('suite'), 1, 'one port of one protocol');
    assert.equal(passedTo('floor'), 0);
    assert.ok(passedTo('core') > 8, 'a neighbour');
    assert.equal(
      cells.filter(({ to }) => to === THE_GATEWAY).reduce((sum, { passed }) => sum + passed, 0),
      0,
      'an address that stands for nobody',
    );
  });
});

test('every zone asks every address of the gateway, and without its rules that is found', { skip }, async () => {
  await withLab(ODD, async ({ network, gate, layout, policyNow, ports, compare }) => {
    await gate.close(); // it would put them right
    const probes = gatewayProbes(layout, policyNow().policy, ports, 4);
    const zones = new Set(layout.places.map(({ zone }) => zone));
    for (const zone of zones)
      for (const { address, family } of layout.own) {
        const isFamily = layout.places.some((place) => place.zone === zone && place.family === family);
        assert.ok(
          !isFamily || probes.some(({ from, to }) => from.zone === zone && to.address === address),
          `${zone} ${address}`,
        );
      }
    await network.gateway.programs.run('nft', ['flush', 'chain', 'inet', 'picturelock', 'come_to']);
    const { disagreements, tried } = await compare('unguarded', probes);
    assert.ok(disagreements.length > tried / 2);
    for (const { engine, packets } of disagreements) assert.deepEqual([engine, packets], ['refused', 'passed']);
  });
});

test('without a single flow nothing passes', { skip }, async () => {
  await withLab({ ...ODD, flows: [] }, async ({ layout, ports, policyNow, compare }) => {
    const probes = planProbes(layout, policyNow().policy, ports, { seed: 5, random: 200 });
    const { passed, tried, disagreements } = await compare('empty', probes);
    assert.deepEqual([passed, disagreements], [0, []]);
    assert.ok(tried > 300);
  });
});
