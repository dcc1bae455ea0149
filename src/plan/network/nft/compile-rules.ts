/**
 * From a policy to what is loaded. Boxes with one exact flow that belong to a path become pointers; all others are standing pieces, parted
 * into TCP, UDP and the rest, because only those two have ports to ask for.
 */
import { TIME_MAX } from '#model/limits.ts';
import type { OwnAddresses } from '#plan/network/own-addresses.ts';
import { NOBODY } from '#plan/network/own-addresses.ts';
import type { Marks } from '#plan/network/nft/marks.ts';
import { assignMarks } from '#plan/network/nft/marks.ts';
import { disjoint } from '#plan/network/nft/disjoint.ts';
import type { Grant, Link, Piece, Pointer, Rules } from '#plan/network/nft/rules.ts';
import { QUARANTINED_MAX } from '#plan/network/nft/rules.ts';
import type { BoxOf, Policy, Span } from '#plan/network/policy.ts';
import { ANY_PORT, isPorted, PORT_MAX, TCP, UDP } from '#plan/network/port-box.ts';
import type { Point } from '#plan/network/span-set.ts';
import { after, meets, subtract } from '#plan/network/span-set.ts';
import { assert } from '#std/assert.ts';
import { Fault } from '#std/refused.ts';

export interface RulesOptions {
  readonly enforce: boolean;
  readonly links: readonly Link[];
  /** What is asked of packets to the gateway itself; nothing is where it is left out. */
  readonly own?: OwnAddresses;
  /** Marks that grants have already. */
  readonly marks: Marks;
}

export interface Compiled {
  readonly rules: Rules;
  readonly marks: Marks;
}

const PATH = /^pth_/;

export function compileRules(policy: Policy, { enforce, links, own = NOBODY, marks: known }: RulesOptions): Compiled {
  const ends = endsOf(policy);
  const marks = assignMarks(ends.keys(), known);
  const markOf = (id: string): number => {
    const mark = marks.byId.get(id);
    assert(mark !== undefined, 'every grant has been given its mark');
    return mark;
  };
  const grants: readonly Grant[] = [...ends].map(([id, last]) => ({
    mark: markOf(id),
    id,
    ...(last >= TIME_MAX ? {} : { endsAt: last + 1 }),
  }));
  const v4 = parted(policy.v4, markOf);
  const v6 = parted(policy.v6, markOf);
  return {
    marks,
    rules: {
      enforce,
      links,
      asked4: own.asked.v4,
      asked6: own.asked.v6,
      near4: own.near4,
      near6: own.near6,
      standing4: v4.standing,
      standing6: v6.standing,
      pointers4: v4.pointers,
      pointers6: v6.pointers,
      grants,
      quarantined4: addressesOf(policy.quarantined4),
      quarantined6: addressesOf(policy.quarantined6),
    },
  };
}

/** The last instant of each grant. All boxes of one grant end together. */
function endsOf({ v4, v6 }: Policy): ReadonlyMap<string, number> {
  const ends = new Map<string, number>();
  for (const { because, time } of [...v4, ...v6]) {
    const known = ends.get(because);
    assert(known === undefined || known === time.last, 'the boxes of one grant end together');
    ends.set(because, time.last);
  }
  return ends;
}

function parted<N extends Point>(boxes: readonly BoxOf<N>[], markOf: (id: string) => number) {
  const longestFirst = [...boxes].sort((a, b) => b.time.last - a.time.last || (a.because < b.because ? -1 : 1));
  const pointers = new Map<string, Pointer<N>>();
  const pieces: Piece<N>[] = [];
  for (const box of longestFirst) {
    const mark = markOf(box.because);
    if (!PATH.test(box.because)) pieces.push(...byProtocol({ ...box, mark }));
    else addPointer(pointers, box, mark);
  }
  return { standing: disjoint(pieces), pointers: [...pointers.values()] };
}

/** Two paths over one flow: the flow leads to the one that lives longer, which comes first. */
function addPointer<N extends Point>(pointers: Map<string, Pointer<N>>, box: BoxOf<N>, mark: number): void {
  const { source, destination, protocol, port } = box;
  const isExact = [source, destination, protocol, port].every(({ first, last }) => first === last);
  assert(isExact && (protocol.first === TCP || protocol.first === UDP), 'a path is one exact flow');
  const key = `${source.first} ${destination.first} ${protocol.first} ${port.first}`;
  if (pointers.has(key)) return;
  const exact = protocol.first === TCP ? TCP : UDP;
  pointers.set(key, { from: source.first, to: destination.first, protocol: exact, port: port.first, mark });
}

const REST: readonly Span[] = subtract(
  [{ first: 0, last: 255 }],
  [
    { first: TCP, last: TCP },
    { first: UDP, last: UDP },
  ],
);

function byProtocol<N extends Point>({ source, destination, protocol, port, mark }: Piece<N>): readonly Piece<N>[] {
  const pieces: Piece<N>[] = [];
  for (const one of [TCP, UDP]) {
    const exact = { first: one, last: one };
    if (meets(protocol, exact)) pieces.push({ source, destination, protocol: exact, port, mark });
  }
  for (const rest of REST) {
    if (!meets(protocol, rest)) continue;
    assert(port.first === 0 && port.last === PORT_MAX, 'a protocol without ports is asked for none');
    const within = { first: Math.max(rest.first, protocol.first), last: Math.min(rest.last, protocol.last) };
    pieces.push({ source, destination, protocol: within, port: ANY_PORT, mark });
  }
  return pieces;
}

export function addressesOf<N extends Point>(spans: readonly Span<N>[]): readonly N[] {
  const addresses: N[] = [];
  for (const { first, last } of spans) {
    for (let one = first; one <= last; one = after(one)) {
      addresses.push(one);
      if (addresses.length > QUARANTINED_MAX)
        throw new Fault('too-many-quarantined', `More than ${QUARANTINED_MAX} addresses are in quarantine.`);
    }
  }
  return addresses;
}

/** Whether a piece asks for a port at all. */
export function asksForPort<N extends Point>({ protocol }: Pick<Piece<N>, 'protocol'>): boolean {
  return protocol.first === protocol.last && isPorted(protocol.first);
}
