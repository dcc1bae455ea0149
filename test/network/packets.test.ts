/**
 * Real packets through a router namespace: a grant ends for new and for open flows by the kernel's timer, with nobody's help; a change cuts at
 * once; what is refused is refused loudly; quarantine cannot be out-voted and survives every load.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { drawRules } from './drawn-rules.ts';
import { guard } from './guarded.ts';
import type { Guarded } from './guarded.ts';
import { createLab } from './lab.ts';
import type { Lab, LabHost, Stream } from './lab.ts';
import { withoutNamespaces } from './namespaces.ts';
import type { Elements } from '#plan/network/nft/elements.ts';
import { changeOf } from '#plan/network/nft/elements.ts';
import { renderRules } from '#plan/network/nft/render-rules.ts';
import type { Rules } from '#plan/network/nft/rules.ts';
import { assert as ensure } from '#std/assert.ts';

/**
 * Bytes are timed where a process receives them, which on a machine with much else to do comes long after the kernel passed them on. The bench
 * measures the bar itself, by the kernel's own time stamps.
 */
const LATE_MS_MAX = 250;
/** Loads are reckoned to take as long as they did lately. */
const EARLY_MS_MAX = 600;
const skip = withoutNamespaces();
let lab: Lab | undefined;
let guarded: Guarded | undefined;

before(async () => {
  if (skip !== false) return;
  lab = await createLab(3);
  guarded = await guard(lab.router);
  const [, b] = lab.hosts;
  await b?.serve(5900);
  await b?.serve(445);
});
after(async () => {
  await guarded?.close();
  await lab?.remove();
});

function world(): { a: LabHost; b: LabHost; c: LabHost; guarded: Guarded } {
  const [a, b, c] = lab?.hosts ?? [];
  ensure(a !== undefined && b !== undefined && c !== undefined && guarded !== undefined, 'the lab stands');
  return { a, b, c, guarded };
}

function now(): number {
  return performance.timeOrigin + performance.now();
}

async function load(lines: readonly string[], options: Parameters<typeof drawRules>[2] = {}): Promise<Rules> {
  const at = now();
  const { rules } = drawRules(at, lines, options);
  await world().guarded.warden.load(renderRules(rules, at), {});
  return rules;
}

/** Resolves with when it was committed. */
async function change(from: Elements, to: Elements): Promise<number> {
  await world().guarded.warden.change(changeOf(from, to, now()));
  return now();
}

/** Who only listens is told nothing: the reset goes to whoever sends. */
async function lastByte(stream: Stream): Promise<number> {
  stream.stop();
  return (await stream.ended).lastAt;
}

/** Between `at` and a little after it, or a little before where a load was reckoned to take longer than it did. */
function assertEndsAt(lastAt: number, at: number): void {
  const late = lastAt - at;
  assert.ok(late <= LATE_MS_MAX && late >= -EARLY_MS_MAX, `the last byte came ${late.toFixed(1)} ms after the end`);
}

test(
  'a path ends for its open flow, its new flows and what a server pushes, by the timer alone',
  { skip },
  async () => {
    const { a, b, c } = world();
    const at = now();
    await load([
      `pth_a ${a.v4} -> ${b.v4} tcp 5900 2500`,
      `pth_b ${a.v6} -> ${b.v6} tcp 5900 2500`,
      `flw_a 10.77.1.0/24 -> ${b.v4} tcp 445`,
    ]);
    const streams = await Promise.all([a.stream(b.v4, 5900), a.stream(b.v6, 5900)]);
    const pushed = await a.stream(b.v4, 5900, { isPushed: true });
    const standing = await a.stream(b.v4, 445);
    assert.deepEqual([await a.tryOpen(b.v4, 5900), await c.tryOpen(b.v4, 5900)], ['open', 'ECONNREFUSED']);
    assert.equal(await b.tryOpen(a.v4, 445), 'ECONNREFUSED', 'nothing is allowed the other way');
    for (const stream of streams) {
      const { lastAt, error } = await stream.ended;
      assertEndsAt(lastAt, at + 2500);
      assert.equal(error, 'ECONNRESET', 'the end is told, not left to a timeout');
    }
    assertEndsAt(await lastByte(pushed), at + 2500);
    assert.equal(await a.tryOpen(b.v4, 5900), 'ECONNREFUSED');
    assert.equal(await a.tryOpen(b.v4, 445), 'open', 'a standing flow goes on');
    standing.stop();
    assert.equal((await standing.ended).error, '');
  },
);

test('a grant shorter than a second is not rounded', { skip }, async () => {
  const { a, b } = world();
  const none = await load([]);
  const at = now();
  const { rules } = drawRules(at, [`pth_s ${a.v4} -> ${b.v4} tcp 5900 650`]);
  await change(none, rules);
  const stream = await a.stream(b.v4, 5900);
  assertEndsAt((await stream.ended).lastAt, at + 650);
});

test('a flow under two grants lives as long as the longer one, whichever is taken away first', { skip }, async () => {
  const { a, b } = world();
  const at = now();
  const short = `pth_s ${a.v4} -> ${b.v4} tcp 5900 1000`;
  const long = `pth_l ${a.v4} -> ${b.v4} tcp 5900 2500`;
  const both = drawRules(at, [short, long]);
  await world().guarded.warden.load(renderRules(both.rules, at), {});
  const [asked, pushed] = [await a.stream(b.v4, 5900), await a.stream(b.v4, 5900, { isPushed: true })];
  assertEndsAt((await asked.ended).lastAt, at + 2500);
  assertEndsAt(await lastByte(pushed), at + 2500);

  const again = now();
  const two = drawRules(again, [short, long.replace('2500', '5000')], { marks: both.marks });
  await world().guarded.warden.load(renderRules(two.rules, again), {});
  const stream = await a.stream(b.v4, 5900);
  const one = drawRules(again, [short], { marks: two.marks });
  await change(two.rules, one.rules);
  assertEndsAt((await stream.ended).lastAt, again + 1000);
});

test('taking a path away cuts what streams over it within milliseconds', { skip }, async () => {
  const { a, b } = world();
  const lines = [`pth_a ${a.v4} -> ${b.v4} tcp 5900 60000`, `pth_o ${a.v6} -> ${b.v6} tcp 5900 60000`];
  const rules = await load(lines);
  const [stream, other] = await Promise.all([a.stream(b.v4, 5900), a.stream(b.v6, 5900)]);
  const gone = rules.grants.filter(({ id }) => id === 'pth_a').map(({ mark }) => mark);
  const left = { ...rules, pointers4: [], grants: rules.grants.filter(({ mark }) => !gone.includes(mark)) };
  const cutAt = await change(rules, left);
  const { lastAt, error } = await stream.ended;
  assert.ok(lastAt - cutAt <= LATE_MS_MAX, `cut after ${(lastAt - cutAt).toFixed(1)} ms`);
  assert.equal(error, 'ECONNRESET');
  assert.equal(await a.tryOpen(b.v6, 5900), 'open', 'the other path goes on');
  other.stop();
  await other.ended;
});

test('quarantine stops a streaming host at once, in both families, and survives a load', { skip }, async () => {
  const { a, b, c } = world();
  const lines = [
    `flw_a 10.77.0.0/16 -> ${b.v4} tcp 445`,
    `flw_b fd77:1::/64 -> ${b.v6} tcp 445`,
    `flw_c 10.77.0.0/16 -> ${b.v4} udp 445`,
  ];
  const rules = await load(lines);
  const [four, six, free] = await Promise.all([a.stream(b.v4, 445), a.stream(b.v6, 445), c.stream(b.v4, 445)]);
  const held = drawRules(now(), lines, { quarantined: [a.v4, a.v6] }).rules;
  const heldAt = await change(rules, held);
  assert.equal(await a.tryOpen(b.v4, 445), 'timeout', 'nothing comes back to a host in quarantine, not even a refusal');
  await load(lines, { quarantined: [a.v4, a.v6] });
  assert.equal(await a.tryOpen(b.v4, 445), 'timeout', 'a load restates it');
  assert.equal(await a.tryDatagram(b.v4, 445, 100), 'timeout');
  for (const stream of [four, six]) {
    stream.stop();
    const { lastAt } = await stream.ended;
    assert.ok(lastAt - heldAt <= LATE_MS_MAX, `the last byte came ${(lastAt - heldAt).toFixed(1)} ms after the order`);
  }
  assert.equal(await c.tryOpen(b.v4, 445), 'open');
  free.stop();
  await free.ended;
  await change(held, rules);
  assert.equal(await a.tryOpen(b.v4, 445), 'open', 'and the release lets it back');
});

test('fragments are judged as what they are parts of', { skip }, async () => {
  const { a, b, c } = world();
  await load([`flw_a ${a.v4} -> ${b.v4} udp 445`, `flw_b ${a.v6} -> ${b.v6} udp 445`]);
  const sizes = [100, 5000];
  for (const size of sizes) {
    assert.equal(await a.tryDatagram(b.v4, 445, size), 'open');
    assert.equal(await a.tryDatagram(b.v6, 445, size), 'open');
    assert.notEqual(await c.tryDatagram(b.v4, 445, size), 'open');
    assert.notEqual(await c.tryDatagram(b.v6, 445, size), 'open');
    assert.notEqual(await a.tryDatagram(b.v4, 5900, size), 'open');
  }
});

test('an empty policy lets nothing pass, and observing lets everything pass but quarantine', { skip }, async () => {
  const { a, b, c } = world();
  await load([]);
  assert.deepEqual([await a.tryOpen(b.v4, 445), await a.tryOpen(b.v6, 445)], ['ECONNREFUSED', 'ECONNREFUSED']);
  await load([], { enforce: false, quarantined: [c.v4] });
  assert.deepEqual([await a.tryOpen(b.v4, 445), await a.tryOpen(b.v6, 5900)], ['open', 'open']);
  assert.equal(await c.tryOpen(b.v4, 445), 'timeout');
});

test('a flow that lost its place in connection tracking goes on only under a live grant', { skip }, async () => {
  const { a, b } = world();
  const rules = await load([`pth_a ${a.v4} -> ${b.v4} tcp 5900 60000`]);
  const stream = await a.stream(b.v4, 5900);
  lab?.router.run('conntrack', '-F');
  assert.equal(await a.tryOpen(b.v4, 5900), 'open');
  const cutAt = await change(rules, { ...rules, pointers4: [], grants: [] });
  lab?.router.run('conntrack', '-F');
  stream.stop();
  assert.ok((await stream.ended).lastAt - cutAt <= LATE_MS_MAX);
});
