/**
 * Changes of single elements: what has to be done so that paths and quarantine are as wanted, and the same as text for nft. The text is one
 * line, which is one transaction. Whatever is removed is first added as it is believed to be: that does nothing when it is there, and a
 * removal of what expired a moment ago would undo the whole transaction.
 */
import type { Side } from '#plan/network/nft/chains.ts';
import { mapFor, nameOn } from '#plan/network/nft/chains.ts';
import { renderDuration, renderMark } from '#plan/network/nft/element-text.ts';
import type { Grant, Pointer, Rules } from '#plan/network/nft/rules.ts';
import { TABLE } from '#plan/network/nft/rules.ts';
import type { Point } from '#plan/network/span-set.ts';
import { renderPoint } from '#plan/network/address-set.ts';
import { parseAddress } from '#std/address.ts';

export interface PointerText {
  readonly from: string;
  readonly to: string;
  readonly protocol: 'tcp' | 'udp';
  readonly port: number;
  readonly mark: number;
}

/** Times left are counted from when the change was made. */
export interface Change {
  readonly dead: readonly number[];
  readonly unpoint: readonly PointerText[];
  readonly live: readonly { readonly mark: number; readonly id: string; readonly ttlMs: number }[];
  readonly point: readonly PointerText[];
  readonly quarantine: readonly string[];
  readonly release: readonly string[];
}

export type Elements = Pick<Rules, 'pointers4' | 'pointers6' | 'grants' | 'quarantined4' | 'quarantined6'>;

/** From `before` to `after` at `at`. Grants that are the same in both are left alone; ended ones are not opened again. */
export function changeOf(before: Elements, after: Elements, at: number): Change {
  const [from, to] = [pointersByTuple(before), pointersByTuple(after)];
  const [old, wanted] = [byMark(before.grants), byMark(after.grants)];
  const [held, holds] = [quarantinedOf(before), quarantinedOf(after)];
  return {
    dead: [...old.keys()].filter((mark) => !wanted.has(mark)),
    unpoint: [...from].flatMap(([tuple, pointer]) => (to.get(tuple)?.mark === pointer.mark ? [] : [pointer])),
    point: [...to].flatMap(([tuple, pointer]) => (from.get(tuple)?.mark === pointer.mark ? [] : [pointer])),
    live: [...wanted.values()].flatMap(({ mark, id, endsAt }) =>
      endsAt === undefined || endsAt <= at || (old.get(mark)?.endsAt === endsAt && old.get(mark)?.id === id)
        ? []
        : [{ mark, id, ttlMs: Math.floor(endsAt - at) }],
    ),
    quarantine: [...holds].filter((address) => !held.has(address)),
    release: [...held].filter((address) => !holds.has(address)),
  };
}

export function isNothing(change: Change): boolean {
  return sizeOf(change) === 0;
}

export function sizeOf({ dead, unpoint, live, point, quarantine, release }: Change): number {
  return dead.length + unpoint.length + live.length + point.length + quarantine.length + release.length;
}

function byMark(grants: readonly Grant[]): ReadonlyMap<number, Grant> {
  return new Map(grants.map((grant) => [grant.mark, grant]));
}

function pointersByTuple({ pointers4, pointers6 }: Elements): ReadonlyMap<string, PointerText> {
  const all = new Map<string, PointerText>();
  for (const pointer of [...pointers4, ...pointers6]) {
    const text = pointerText<number | bigint>(pointer);
    all.set(`${text.from} ${text.to} ${text.protocol} ${text.port}`, text);
  }
  return all;
}

export function pointerText<N extends Point>({ from, to, protocol, port, mark }: Pointer<N>): PointerText {
  const name = protocol === 6 ? 'tcp' : 'udp';
  return { from: renderPoint(from), to: renderPoint(to), protocol: name, port, mark };
}

function quarantinedOf({ quarantined4, quarantined6 }: Elements): ReadonlySet<string> {
  return new Set([...quarantined4, ...quarantined6].map(renderPoint));
}

/** One line without a line's end, for the sets of this side. */
export function renderChange(change: Change, side: Side): string {
  const { dead, unpoint, live, point, quarantine, release } = change;
  const commands: string[] = [];
  const add = (set: string, elements: readonly string[]): void => {
    if (elements.length > 0) commands.push(`add element inet ${TABLE} ${nameOn(side, set)} { ${elements.join(', ')} }`);
  };
  const remove = (set: string, elements: readonly string[]): void => {
    add(set, elements);
    if (elements.length > 0)
      commands.push(`delete element inet ${TABLE} ${nameOn(side, set)} { ${elements.join(', ')} }`);
  };
  const marks = [...dead, ...live.map(({ mark }) => mark)].map(renderMark);
  remove('live_marks', marks);
  for (const [set, elements] of byMap(unpoint)) remove(set, elements);
  add(
    'live_marks',
    live.map(({ mark, id, ttlMs }) => `${renderMark(mark)} timeout ${renderDuration(ttlMs)} comment "${id}"`),
  );
  for (const [set, elements] of byMap(point)) add(set, elements);
  for (const [set, elements] of byFamily(quarantine)) add(set, elements);
  for (const [set, elements] of byFamily(release)) remove(set, elements);
  return commands.join('; ');
}

function byMap(pointers: readonly PointerText[]): ReadonlyMap<string, readonly string[]> {
  const sets = new Map<string, string[]>();
  for (const { from, to, protocol, port, mark } of pointers) {
    const set = mapFor('pointer', from.includes(':') ? 6 : 4, protocol === 'tcp' ? 6 : 17);
    const text = `${from} . ${to} . ${port} : ${renderMark(mark)}`;
    const known = sets.get(set);
    if (known === undefined) sets.set(set, [text]);
    else known.push(text);
  }
  return sets;
}

function byFamily(addresses: readonly string[]): ReadonlyMap<string, readonly string[]> {
  return Map.groupBy(addresses, (address) => (address.includes(':') ? 'quarantined6' : 'quarantined4'));
}

/** The rules as they are once a change is made; `at` is on the clock that the rules' ends are on. */
export function withChange(rules: Rules, change: Change, at: number): Rules {
  const gone = new Set([...change.dead, ...change.live.map(({ mark }) => mark)]);
  const [unpoint4, unpoint6] = [change.unpoint.filter(isV4), change.unpoint.filter((one) => !isV4(one))];
  const [point4, point6] = [change.point.filter(isV4), change.point.filter((one) => !isV4(one))];
  return {
    ...rules,
    grants: [
      ...rules.grants.filter(({ mark }) => !gone.has(mark)),
      ...change.live.map(({ mark, id, ttlMs }) => ({ mark, id, endsAt: at + ttlMs })),
    ],
    pointers4: repointed(rules.pointers4, unpoint4, point4, (text) => Number(bitsOf(text))),
    pointers6: repointed(rules.pointers6, unpoint6, point6, bitsOf),
    ...heldAfter(rules, change),
  };
}

/** Tens of thousands of pointers are asked about a few: only one with the same beginning is written out to be compared. */
function repointed<N extends Point>(
  pointers: readonly Pointer<N>[],
  unpoint: readonly PointerText[],
  point: readonly PointerText[],
  parse: (text: string) => N,
): readonly Pointer<N>[] {
  if (unpoint.length + point.length === 0) return pointers;
  const froms = new Set(unpoint.map(({ from }) => parse(from)));
  const tuples = new Set(unpoint.map(tupleOf));
  return [
    ...pointers.filter((one) => !froms.has(one.from) || !tuples.has(tupleOf(pointerText<number | bigint>(one)))),
    ...point.map((one) => pointerOf(one, parse)),
  ];
}

/** Nothing of the rules but who is held. */
function heldAfter(rules: Rules, { quarantine, release }: Change): Pick<Rules, 'quarantined4' | 'quarantined6'> {
  const { quarantined4, quarantined6 } = rules;
  if (quarantine.length + release.length === 0) return { quarantined4, quarantined6 };
  const held = new Set(quarantinedOf(rules));
  for (const address of quarantine) held.add(address);
  for (const address of release) held.delete(address);
  const addresses = [...held];
  return {
    quarantined4: addresses.filter((text) => !text.includes(':')).map((text) => Number(bitsOf(text))),
    quarantined6: addresses.filter((text) => text.includes(':')).map(bitsOf),
  };
}

function tupleOf({ from, to, protocol, port }: PointerText): string {
  return `${from} ${to} ${protocol} ${port}`;
}

function isV4({ from }: PointerText): boolean {
  return !from.includes(':');
}

function bitsOf(text: string): bigint {
  return parseAddress(text)?.bits ?? 0n;
}

function pointerOf<N extends Point>({ from, to, protocol, port, mark }: PointerText, point: (text: string) => N) {
  return { from: point(from), to: point(to), protocol: protocol === 'tcp' ? (6 as const) : (17 as const), port, mark };
}
