/** The map: golden drawings, every segment and host in it, nothing in it that acts, and nothing of another client's. */
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { addProject, ask, drawWorld, newId } from '#model/drawn-world.ts';
import type { DrawnWorld } from '#model/drawn-world.ts';
import { drawFacility, openPaths } from '../test-facility.ts';
import type { DrawnFacility } from '../test-facility.ts';
import { drawPreset } from '../test-preset.ts';
import { mapModelOf } from './map-model.ts';
import { placeMap } from './layout.ts';
import { renderNetworkMap } from './network-map.ts';

/** Of a drawing whose words are still read where a page has a thousand pixels for it. */
const WIDTH_MAX = 1250;
const GOLDEN = join(import.meta.dirname, '../../../../test/golden/network');

for (const [name, draw] of [
  ['small', () => drawPreset('small')],
  ['mid', () => drawPreset('mid')],
  ['large', () => drawPreset('large')],
  ['drawn', () => withPaths(drawFacility('mid'))],
] as const) {
  test(`the map of the ${name} facility is the golden one, and well formed`, () => {
    const { state, at } = draw();
    const svg = renderNetworkMap(state, at);
    const path = join(GOLDEN, name, 'network-map.svg');
    if (process.env['UPDATE_GOLDEN'] === '1') {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, svg);
    }
    assert.equal(svg, readFileSync(path, 'utf8'), 'UPDATE_GOLDEN=1 writes it anew');
    checkTags(svg);
    const width = Number(/width="(\d+)"/.exec(svg)?.[1]);
    assert.ok(width <= WIDTH_MAX, `a page as wide as a laptop's can show its words: ${width}`);
    for (const zone of state.zones.keys()) assert.ok(svg.includes(`data-zone="${zone}"`), zone);
  });
}

function withPaths(facility: DrawnFacility): DrawnWorld {
  openPaths(facility, 5);
  return facility.world;
}

/** Every element closes in order; nothing acts, loads or leaves. */
function checkTags(svg: string): void {
  const open: string[] = [];
  const text = svg.replace(/<style>[^<]*<\/style>/, '');
  for (const [tag, close = '', name = '', own] of text.matchAll(/<(\/?)([a-z]+)(?:\s[^<>]*?)?(\/?)>/g)) {
    if (close === '/') assert.equal(open.pop(), name, tag);
    else if (own !== '/') open.push(name);
    assert.doesNotMatch(tag.replace(/"[^"]*"/g, '""'), /\s(on[a-z]+|href|xlink:href|src|style)=/);
    assert.doesNotMatch(tag, /javascript:|url\((?!#)/);
    assert.notEqual(name, 'script');
  }
  assert.deepEqual(open, []);
  assert.doesNotMatch(text.replace('http://www.w3.org/2000/svg', ''), /https?:|<!/);
  assert.equal(text.replace(/<\/?[a-z]+(?:\s[^<>]*?)?\/?>/g, '').includes('<'), false, 'no stray angle');
}

test('every host can be found: by itself in small segments, by its role and number in large ones', () => {
  const { world, hosts } = drawFacility('mid');
  const model = mapModelOf(world.state, world.at);
  const chips = model.zones.flatMap((zone) => zone.chips);
  const shown = chips.reduce((sum, chip) => sum + (chip.kind === 'class' ? chip.count : 1), 0);
  assert.equal(shown, hosts.size);
  const svg = renderNetworkMap(world.state, world.at);
  for (const chip of chips) {
    if (chip.kind === 'host') assert.match(svg, new RegExp(`data-host="${chip.host}" tabindex="0"`));
  }
  assert.match(svg, /60 workstations/);
});

test('the path of content runs from storage to the partner, and nothing of it touches the office', () => {
  const { world, zones } = drawFacility('mid');
  const { edges } = mapModelOf(world.state, world.at);
  const name = (key: string) => [...zones].find(([, id]) => id === key)?.[0] ?? key;
  const content = edges.filter(({ kind }) => kind === 'content').map(({ from, to }) => `${name(from)} > ${name(to)}`);
  assert.deepEqual(content.sort(), [
    'dataio > transfer',
    'production > dataio',
    'production > storage',
    'render > storage',
    'transfer > internet',
    'vault > storage',
  ]);
  assert.deepEqual(
    edges.filter(({ kind }) => kind === 'exposure').map(({ from, to }) => `${from} > ${name(to)}`),
    ['internet > dmz'],
  );
});

test('what is in quarantine and what the internet may reach is marked in words too', () => {
  const { world, hosts } = drawFacility('small');
  const scope = { kind: 'host' as const, host: hosts.get('seat-2') ?? assert.fail() };
  ask(world, {
    kind: 'quarantine',
    quarantine: newId(world, 'quarantine'),
    cut: newId(world, 'cut'),
    scope,
    reason: 'x',
  });
  const svg = renderNetworkMap(world.state, world.at);
  assert.match(svg, /class="host quarantined"[^>]*aria-label="seat-2, workstation, in quarantine"/);
  assert.match(svg, /aria-label="portal, portal, reachable from the internet"/);
  assert.match(svg, /open to outside:/);
});

test('hostile names stay text', () => {
  const world = drawWorld();
  const zone = newId(world, 'zone');
  const name = '</text><script>alert(1)</script>"\u0000';
  ask(world, { kind: 'add-zone', zone, name, trust: 50, networks: [{ cidr: '10.1.0.0/24' }], kinds: ['production'] });
  const host = newId(world, 'host');
  ask(world, { kind: 'add-host', host, zone, name: `'"><svg onload=x>&`, addresses: ['10.1.0.5'] });
  const svg = renderNetworkMap(world.state, world.at);
  checkTags(svg);
  assert.doesNotMatch(svg, /<script/);
});

test('an empty facility has a map, and boxes never overlap in any size', () => {
  checkTags(renderNetworkMap(drawWorld().state, 0));
  for (const size of ['small', 'mid', 'large', 'bench'] as const) {
    const { world } = drawFacility(size);
    const { zones, width, height } = placeMap(mapModelOf(world.state, world.at));
    zones.forEach(({ box: a }, i) => {
      assert.ok(a.x >= 0 && a.y >= 0 && a.x + a.width <= width && a.y + a.height <= height);
      for (const { box: b } of zones.slice(i + 1)) {
        const isApart = a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y;
        assert.ok(isApart, `${size}: ${JSON.stringify([a, b])}`);
      }
    });
  }
});

test('for one client, segments of other projects have no name and their hosts are numbers', () => {
  const { world, projects } = drawFacility('mid');
  const other = addProject(world, 'someone-else');
  const svg = renderNetworkMap(world.state, world.at, { onlyProject: other });
  assert.doesNotMatch(svg, /enclave-1|e1-storage|e1-seat/);
  assert.match(svg, /\(another project\)/);
  const own = renderNetworkMap(world.state, world.at, { onlyProject: projects[0] });
  assert.match(own, /e1-storage/);
});
