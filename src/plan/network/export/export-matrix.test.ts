/** Exports: golden text, names that machines take, and lists that say what the policy says, read back by somebody else's eyes. */
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { parse } from 'yaml';
import { ask, newId } from '#model/drawn-world.ts';
import type { DrawnWorld } from '#model/drawn-world.ts';
import { DAY_MS } from '#model/limits.ts';
import { parseCidr } from '#std/address.ts';
import { drawFacility, openPaths } from '../test-facility.ts';
import { drawPreset } from '../test-preset.ts';
import { EXPORT_FORMATS, exportZoneMatrix } from './export-matrix.ts';
import { createNames, remark } from './names.ts';
import { portEntries } from './prefixes.ts';

fc.configureGlobal({ seed: 20260302 });
const GOLDEN = join(import.meta.dirname, '../../../../test/golden/network');
/** The presets, and a drawn one with a rule that ends. */
const WORLDS: readonly (readonly [name: string, draw: () => DrawnWorld])[] = [
  ['small', () => drawPreset('small')],
  ['mid', () => drawPreset('mid')],
  ['large', () => drawPreset('large')],
  ['drawn', () => drawFacility('small').world],
];

for (const [name, draw] of WORLDS) {
  test(`every export of the ${name} facility is the golden one`, () => {
    const { state, at } = draw();
    for (const format of EXPORT_FORMATS) {
      const { files, notes } = exportZoneMatrix(state, format, at);
      for (const file of files) golden(`${name}/${format}/${file.name}`, file.text);
      golden(`${name}/${format}/notes.txt`, `${notes.join('\n')}\n`);
      assert.deepEqual(exportZoneMatrix(state, format, at), { files, notes }, 'the same bytes again');
    }
  });
}

function golden(name: string, text: string): void {
  const path = join(GOLDEN, name);
  if (process.env['UPDATE_GOLDEN'] === '1') {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
  assert.equal(text, readFileSync(path, 'utf8'), `${name}: UPDATE_GOLDEN=1 writes it anew`);
}

test('paths and quarantines are left out and counted; a rule that has ended is gone, one that ends is marked', () => {
  const facility = drawFacility('small');
  openPaths(facility, 3);
  const { world, hosts } = facility;
  const before = exportZoneMatrix(world.state, 'cisco-ios', world.at);
  assert.match(before.notes.join(' '), /3 paths of live sessions/);
  const scope = { kind: 'host' as const, host: hosts.get('seat-1') ?? assert.fail() };
  ask(world, {
    kind: 'quarantine',
    quarantine: newId(world, 'quarantine'),
    cut: newId(world, 'cut'),
    scope,
    reason: 'x',
  });
  const ios = exportZoneMatrix(world.state, 'cisco-ios', world.at);
  assert.match(ios.notes.join(' '), /1 quarantines/);
  assert.doesNotMatch(ios.notes.join(' '), /paths of live sessions/, 'their session led to the machine, and ended');
  assert.doesNotMatch(ios.files[0]?.text ?? '', /5900/);
  assert.match(ios.files[0]?.text ?? '', /eq 33001 time-range PL-UNTIL-/);
  const later = world.at + 31 * DAY_MS;
  for (const format of EXPORT_FORMATS) {
    const now = exportZoneMatrix(world.state, format, world.at);
    const then = exportZoneMatrix(world.state, format, later).files.map(({ text }) => text);
    if (format === 'wireguard') continue;
    assert.match(now.files.map(({ text }) => text).join(''), /33001/);
    assert.doesNotMatch(then.join(''), /33001/, format);
  }
});

test('names are plain, unique, never reserved, and remarks cannot end a line', () => {
  const names = createNames({ separator: '-', charsMax: 12, isUpper: true });
  const given = ['any', 'host', 'Färb-Raum', 'färb raum', '東京', 'farb.raum', 'a'.repeat(90), 'a'.repeat(91)];
  const made = given.map((name, n) => names.of(`k${n}`, name));
  assert.deepEqual(made.slice(0, 3), ['PL-ANY', 'PL-HOST', 'PL-FARB-RAUM']);
  assert.equal(new Set(made).size, given.length);
  for (const name of made) assert.match(name, /^PL-[A-Z0-9-]{1,9}$/);
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      assert.match(remark(text), /^[\x20-\x7e]*$/);
      assert.doesNotMatch(remark(text), /["'\\;{}#<>!?$`|&]/);
    }),
  );
});

test('a range of ports is counted as its masked entries', () => {
  for (const [first, last, expected] of [
    [0, 65_535, 1],
    [1024, 65_535, 6],
    [443, 443, 1],
    [33_001, 33_004, 3],
    [1, 65_534, 30],
  ] as const)
    assert.equal(portEntries({ first, last }), expected);
});

test('Aerleon YAML has the shape that its schemas ask for', () => {
  const { world } = drawFacility('mid');
  const [definitions, policy] = exportZoneMatrix(world.state, 'aerleon', world.at).files.map(
    ({ text }) => parse(text) as unknown,
  );
  const { networks, services } = definitions as {
    networks: Record<string, { values: readonly { address: string }[] }>;
    services: Record<string, readonly { protocol: string; port: string }[]>;
  };
  const { filters } = policy as {
    filters: readonly { header: { targets: Record<string, string> }; terms: readonly Record<string, unknown>[] }[];
  };
  for (const [name, { values }] of Object.entries(networks)) {
    assert.match(name, /^[-_a-zA-Z0-9]+$/);
    for (const { address } of values) assert.ok(parseCidr(address) !== undefined, address);
  }
  for (const list of Object.values(services)) for (const { port } of list) assert.match(port, /^\d+(-\d+)?$/);
  assert.ok(filters.length > 10);
  for (const { header, terms } of filters) {
    assert.ok(Object.keys(header.targets).length > 0);
    assert.equal(new Set(terms.map(({ name }) => name)).size, terms.length);
    const last = terms.at(-1) ?? assert.fail();
    assert.equal(last['action'], 'deny');
    for (const term of terms) {
      for (const key of ['source-address', 'destination-address'])
        assert.ok(term[key] === undefined || String(term[key]) in networks, String(term[key]));
      for (const key of ['source-port', 'destination-port'])
        assert.ok(term[key] === undefined || String(term[key]) in services, String(term[key]));
      assert.ok(term['action'] === 'accept' || term['action'] === 'deny');
    }
  }
});

test('OPNsense rules name aliases that were added before, in ascending order, with a refusal at the end', () => {
  const { world } = drawFacility('mid');
  const { calls } = JSON.parse(exportZoneMatrix(world.state, 'opnsense', world.at).files[0]?.text ?? '') as {
    calls: readonly { post: string; body: { alias?: { name: string }; rule?: Record<string, string> } }[];
  };
  const aliases = new Set(calls.flatMap(({ body }) => body.alias?.name ?? []));
  const rules = calls.flatMap(({ body }) => (body.rule === undefined ? [] : [body.rule]));
  for (const name of aliases) assert.match(name, /^pl_[a-z0-9_]{1,29}$/);
  for (const { source_net: from = '', destination_net: to = '' } of rules)
    for (const net of [from, to]) assert.ok(net === 'any' || aliases.has(net), net);
  const sequence = rules.map(({ sequence: n }) => Number(n));
  assert.deepEqual(
    sequence,
    [...sequence].sort((a, b) => a - b),
  );
  assert.deepEqual([rules.at(-1)?.['action'], rules.at(-1)?.['source_net']], ['block', 'any']);
  assert.deepEqual(calls.at(-1)?.post, '/api/firewall/filter/cancelRollback/{revision}');
});

test('UniFi policies name zones that the file defines', () => {
  const { world } = drawFacility('mid');
  const { zones, policies } = JSON.parse(exportZoneMatrix(world.state, 'unifi', world.at).files[0]?.text ?? '') as {
    zones: readonly { name: string }[];
    policies: readonly {
      action: { type: string };
      source: { firewallZoneId: string };
      destination: { firewallZoneId: string };
    }[];
  };
  const known = new Set(['{zone:External}', ...zones.map(({ name }) => `{zone:${name}}`)]);
  for (const { source, destination } of policies) {
    assert.ok(known.has(source.firewallZoneId) && known.has(destination.firewallZoneId));
  }
  const firstBlock = policies.findIndex(({ action }) => action.type === 'BLOCK');
  assert.ok(policies.slice(firstBlock).every(({ action }) => action.type === 'BLOCK'));
  assert.equal(policies.length - firstBlock, known.size * (known.size - 1), 'every pair is refused in words');
});

test('a zone behind a WireGuard link gets both sides of its tunnel, without a secret', () => {
  const { world, zones } = drawFacility('small');
  const zone = newId(world, 'zone');
  const networks = [{ cidr: '10.30.0.0/24' }, { cidr: 'fd30::/64' }];
  ask(world, { kind: 'add-zone', zone, name: 'North', trust: 60, networks, kinds: ['corporate'], link: 'wg-north' });
  const service = newId(world, 'service');
  ask(world, {
    kind: 'define-service',
    service,
    name: 'pixels',
    plane: 'data',
    ports: [{ protocol: 'udp', first: 4172, last: 4172 }],
  });
  ask(world, {
    kind: 'add-flow',
    flow: newId(world, 'flow'),
    from: { kind: 'zone', zone },
    to: { kind: 'zone', zone: zones.get('dmz') ?? assert.fail() },
    service,
    class: 'standard',
    owner: world.owner,
    reason: 'remote seats',
    reviewBy: world.at + DAY_MS,
  });
  const { files } = exportZoneMatrix(world.state, 'wireguard', world.at);
  assert.deepEqual(
    files.map(({ name }) => name),
    ['wg-north.conf', 'wg-north.site.conf'],
  );
  assert.match(files[0]?.text ?? '', /AllowedIPs = 10\.30\.0\.0\/24, fd30::\/64/);
  assert.match(files[1]?.text ?? '', /AllowedIPs = 10\.20\.4\.0\/24, fd20:0:0:4::\/64/);
  for (const { text } of files) assert.doesNotMatch(text, /^PrivateKey/m);
});
