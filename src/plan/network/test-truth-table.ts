/** Random policies over a small space, and every point of that space asked in every way that there is: for tests and benchmarks. */
import { renderPoint } from '#plan/network/address-set.ts';
import { surplusOf } from '#plan/network/difference.ts';
import type { Diagrams } from '#plan/network/diagram.ts';
import type { BoxOf, Policy, Span } from '#plan/network/policy.ts';
import { diagramOf, makeSpace } from '#plan/network/policy-diagram.ts';
import type { PolicyDiagram, Space } from '#plan/network/policy-diagram.ts';
import { mayReach } from '#plan/network/reach.ts';
import type { Point } from '#plan/network/span-set.ts';
import { holds } from '#plan/network/span-set.ts';
import { TCP, UDP } from '#plan/network/port-box.ts';

const ADDRESSES = 12;
const PORTS = 6;
const TIMES = 7;
const PROTOCOLS = [TCP, UDP];
const BASE4 = 0x0a140000;
/** Across a word of 32 bits, where a mistake would show. */
const BASE6 = (0xfd20n << 112n) + 0xffff_fffan;
const PORT = 440;
const TIME = 1_772_442_000_000;
/** One point in so many is asked of the reach queries too, which read text. */
const TEXT_EVERY = 97;

/** The same numbers in every run (mulberry32). */
function random(seed: number): () => number {
  let a = seed;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Overlapping boxes and some quarantine within the small space; never empty. */
export function randomPolicy(seed: number): Policy {
  const next = random(seed);
  const span = (size: number, base: number): Span => {
    const [a, b] = [Math.floor(next() * size), Math.floor(next() * size)];
    return { first: base + Math.min(a, b), last: base + Math.max(a, b) };
  };
  const wide = (size: number): Span<bigint> => {
    const { first, last } = span(size, 0);
    return { first: BASE6 + BigInt(first), last: BASE6 + BigInt(last) };
  };
  const rest = (i: number) => {
    const protocol = PROTOCOLS[Math.floor(next() * 2)] ?? TCP;
    const both = { first: TCP, last: UDP };
    return {
      protocol: next() < 0.2 ? both : { first: protocol, last: protocol },
      port: span(PORTS, PORT),
      time: span(TIMES, TIME),
      because: `rule-${i}`,
    };
  };
  const count = 1 + Math.floor(next() * 9);
  const v4 = Array.from({ length: count }, (_, i) => ({
    source: span(ADDRESSES, BASE4),
    destination: span(ADDRESSES, BASE4),
    ...rest(i),
  }));
  const v6 = Array.from({ length: count }, (_, i) => ({
    source: wide(ADDRESSES),
    destination: wide(ADDRESSES),
    ...rest(i),
  }));
  const isHeld = next() < 0.5;
  return {
    v4,
    v6,
    quarantined4: isHeld ? [span(3, BASE4 + 2)] : [],
    quarantined6: isHeld ? [{ first: BASE6 + 1n, last: BASE6 + 2n }] : [],
  };
}

/** By the words of policy.ts and nothing else. */
function isAllowed<N extends Point>(
  boxes: readonly BoxOf<N>[],
  held: readonly Span<N>[],
  [from, to, protocol, port, at]: readonly [N, N, number, number, number],
): boolean {
  if (held.some((span) => holds(span, from) || holds(span, to))) return false;
  return boxes.some(
    (box) =>
      holds(box.source, from) &&
      holds(box.destination, to) &&
      holds(box.protocol, protocol) &&
      holds(box.port, port) &&
      holds(box.time, at),
  );
}

interface Counted {
  points: number;
  wrong: number;
}

/** Asks every point of the space, and one beyond each end, of both policies; counts every answer that differs from the boxes' own. */
export function countWrong(a: Policy, b: Policy): Counted {
  const space = makeSpace();
  const counted: Counted = { points: 0, wrong: 0 };
  const asked = {
    a,
    b,
    space,
    sets: [diagramOf(space, a), diagramOf(space, b)] as const,
    more: diagramMore(space, a, b),
  };
  for (let from = -1; from <= ADDRESSES; from += 1) {
    for (let to = -1; to <= ADDRESSES; to += 1) askPair(asked, from, to, counted);
  }
  return counted;
}

interface Asked {
  readonly a: Policy;
  readonly b: Policy;
  readonly space: Space;
  readonly sets: readonly [PolicyDiagram, PolicyDiagram];
  readonly more: PolicyDiagram;
}

/** The set of what only the first lets pass, from the boxes that the difference tells. */
function diagramMore(space: Space, a: Policy, b: Policy): PolicyDiagram {
  const boxes = surplusOf(a, b).surplus.map(({ box, because }) => ({ ...box, because }));
  const v4 = boxes.filter((box): box is BoxOf<number> => typeof box.source.first === 'number');
  const v6 = boxes.filter((box): box is BoxOf<bigint> => typeof box.source.first === 'bigint');
  return diagramOf(space, { v4, v6, quarantined4: [], quarantined6: [] });
}

function askPair(asked: Asked, from: number, to: number, counted: Counted): void {
  const { a, b } = asked;
  const [from6, to6] = [BASE6 + BigInt(from), BASE6 + BigInt(to)];
  for (const protocol of PROTOCOLS) {
    for (let port = PORT - 1; port <= PORT + PORTS; port += 1) {
      for (let at = TIME - 1; at <= TIME + TIMES; at += 1) {
        const point4 = [BASE4 + from, BASE4 + to, protocol, port, at] as const;
        const truth4 = [isAllowed(a.v4, a.quarantined4, point4), isAllowed(b.v4, b.quarantined4, point4)] as const;
        compare(asked.space.v4, asked, 'v4', v4Point(point4), truth4, counted);
        const point6 = [from6, to6, protocol, port, at] as const;
        const truth6 = [isAllowed(a.v6, a.quarantined6, point6), isAllowed(b.v6, b.quarantined6, point6)] as const;
        compare(asked.space.v6, asked, 'v6', v6Point(point6), truth6, counted);
        if (counted.points % TEXT_EVERY === 0) askText(a, point4, truth4[0], counted);
        if (counted.points % TEXT_EVERY === 1) askText(a, point6, truth6[0], counted);
      }
    }
  }
}

function compare(
  diagrams: Diagrams,
  { sets, more }: Asked,
  family: 'v4' | 'v6',
  point: readonly number[],
  [inA, inB]: readonly [boolean, boolean],
  counted: Counted,
): void {
  counted.points += 1;
  const isRight =
    diagrams.has(sets[0][family], point) === inA &&
    diagrams.has(sets[1][family], point) === inB &&
    diagrams.has(more[family], point) === (inA && !inB);
  if (!isRight) counted.wrong += 1;
}

function askText(
  policy: Policy,
  [from, to, protocol, port, at]: readonly [Point, Point, number, number, number],
  truth: boolean,
  counted: Counted,
): void {
  const question = { from: renderPoint(from), to: renderPoint(to), port, at };
  if (mayReach(policy, { ...question, protocol: protocol === TCP ? 'tcp' : 'udp' }).may !== truth) counted.wrong += 1;
}

function v4Point([from, to, protocol, port, at]: readonly [number, number, number, number, number]): readonly number[] {
  return [to, at, from, protocol, port];
}

function v6Point([from, to, protocol, port, at]: readonly [bigint, bigint, number, number, number]): readonly number[] {
  return [...words(to), at, ...words(from), protocol, port];
}

function words(address: bigint): readonly number[] {
  return [96n, 64n, 32n, 0n].map((shift) => Number((address >> shift) & 0xffff_ffffn));
}
