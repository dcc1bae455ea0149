/**
 * The policy at one instant as a graph's edges: each passage lets every one of its sources begin something with every one of
 * its destinations. A flow is one passage however many ports and prefixes it was compiled to.
 */
import type { Policy, Span } from '../policy.ts';
import type { Roster, Slots } from './roster.ts';
import { isOutside, slotRange } from './roster.ts';

export interface Passage {
  /** Id of the flow, exposure or path; of the zone for neighbours below the gateway. */
  readonly because: string;
  /** Numbers of hosts, ascending. */
  readonly sources: readonly number[];
  readonly destinations: readonly number[];
  readonly fromOutside: boolean;
  readonly toOutside: boolean;
}

interface Part {
  readonly sources: readonly number[];
  readonly destinations: readonly number[];
  readonly fromOutside: boolean;
  readonly toOutside: boolean;
}

export function passagesAt(policy: Policy, roster: Roster, at: number): readonly Passage[] {
  const parts = new Map<string, Map<string, Part>>();
  collect(parts, policy.v4, roster.v4, policy.quarantined4, at, '4');
  collect(parts, policy.v6, roster.v6, policy.quarantined6, at, '6');
  return [...parts].flatMap(([because, some]) => passagesOf(because, [...some.values()]));
}

interface AnyBox<N extends number | bigint> {
  readonly source: Span<N>;
  readonly destination: Span<N>;
  readonly time: Span;
  readonly because: string;
}

function collect<N extends number | bigint>(
  parts: Map<string, Map<string, Part>>,
  boxes: readonly AnyBox<N>[],
  slots: Slots<N>,
  quarantined: readonly Span<N>[],
  at: number,
  family: string,
): void {
  const isHeld = heldSlots(slots, quarantined);
  const known = new Map<string, Place>();
  const placeOf = (span: Span<N>): Place => {
    const key = `${span.first}-${span.last}`;
    const seen = known.get(key);
    if (seen !== undefined) return seen;
    const place = placeIn(slots, span, isHeld, `${family}:${key}`);
    known.set(key, place);
    return place;
  };
  for (const { source, destination, time, because } of boxes) {
    if (time.first > at || at > time.last) continue;
    const [from, to] = [placeOf(source), placeOf(destination)];
    if (from.isEmpty || to.isEmpty) continue;
    let some = parts.get(because);
    if (some === undefined) parts.set(because, (some = new Map()));
    some.set(`${from.key}>${to.key}`, {
      sources: from.hosts,
      destinations: to.hosts,
      fromOutside: from.isOutside,
      toOutside: to.isOutside,
    });
  }
}

interface Place {
  readonly key: string;
  readonly hosts: readonly number[];
  readonly isOutside: boolean;
  readonly isEmpty: boolean;
}

function placeIn<N extends number | bigint>(slots: Slots<N>, span: Span<N>, isHeld: Uint8Array, key: string): Place {
  const [begin, end] = slotRange(slots, span);
  const hosts = new Set<number>();
  for (let slot = begin; slot < end; slot += 1) if (isHeld[slot] === 0) hosts.add(slots.hosts[slot] ?? 0);
  const outside = isOutside(slots, span);
  return { key, hosts: [...hosts].sort((a, b) => a - b), isOutside: outside, isEmpty: hosts.size === 0 && !outside };
}

function heldSlots<N extends number | bigint>(slots: Slots<N>, quarantined: readonly Span<N>[]): Uint8Array {
  const held = new Uint8Array(slots.addresses.length);
  for (const span of quarantined) held.fill(1, ...slotRange(slots, span));
  return held;
}

/** One passage when the parts together are every source with every destination; else one for each part. */
function passagesOf(because: string, parts: readonly Part[]): readonly Passage[] {
  const [only] = parts;
  if (only !== undefined && parts.length === 1) return [{ because, ...only }];
  const all: Part = {
    sources: united(parts.map(({ sources }) => sources)),
    destinations: united(parts.map(({ destinations }) => destinations)),
    fromOutside: parts.some(({ fromOutside }) => fromOutside),
    toOutside: parts.some(({ toOutside }) => toOutside),
  };
  return isProduct(all, parts) ? [{ because, ...all }] : parts.map((part) => ({ because, ...part }));
}

function united(lists: readonly (readonly number[])[]): readonly number[] {
  return [...new Set(lists.flat())].sort((a, b) => a - b);
}

/** `-1` stands for outside. */
function isProduct(all: Part, parts: readonly Part[]): boolean {
  const wanted = new Map<number, Set<number>>();
  for (const part of parts) {
    const ends = part.toOutside ? [...part.destinations, -1] : part.destinations;
    for (const source of part.fromOutside ? [...part.sources, -1] : part.sources) {
      const known = wanted.get(source) ?? new Set();
      for (const end of ends) known.add(end);
      wanted.set(source, known);
    }
  }
  const width = all.destinations.length + (all.toOutside ? 1 : 0);
  return [...wanted.values()].every((ends) => ends.size === width);
}
