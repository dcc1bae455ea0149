/**
 * Reads rules back, from the text that is to be loaded or from nft's own listing, by a grammar of exactly what we write. A line, an element or
 * a chain that is not understood makes the whole answer `unknown`, which never counts as equal: so a listing that was understood is ours and nothing else,
 * and a text that was understood holds no other table and no other command.
 */
import type { LinkHead, SetShape, Side } from '#plan/network/nft/chains.ts';
import { chains, COUNTERS, isMap, LIVE, linkShape, nameOn, shapesFor } from '#plan/network/nft/chains.ts';
import type { ListedGrant, Tuple } from '#plan/network/nft/element-parse.ts';
import { parseGrant, parseNear, parseSpan4, parseSpan6, parseTuple } from '#plan/network/nft/element-parse.ts';
import type { Link, Near, Piece, Pointer, Rules } from '#plan/network/nft/rules.ts';
import {
  LINKS_MAX,
  NEAR_MAX,
  POINTERS_MAX,
  QUARANTINED_MAX,
  STANDING_PIECES_MAX,
  TABLE,
} from '#plan/network/nft/rules.ts';
import type { Block } from '#plan/network/nft/table-blocks.ts';
import { tableBlocks } from '#plan/network/nft/table-blocks.ts';
import type { Span } from '#plan/network/policy.ts';
import { ANY_PORT, PORT_MAX, PROTOCOL_MAX } from '#plan/network/port-box.ts';
import type { Point } from '#plan/network/span-set.ts';

export interface ListedRules extends Rules {
  readonly side: Side;
  readonly grants: readonly ListedGrant[];
}

export type Parsed =
  | { readonly kind: 'rules'; readonly rules: ListedRules }
  | { readonly kind: 'unknown'; readonly why: string };

class NotOurs extends Error {}

/** `at`: wall-clock time of the listing; a grant's end is counted from it. */
export function parseRules(text: string, at: number): Parsed {
  try {
    const blocks = tableBlocks(text, TABLE);
    if (blocks === undefined) throw new NotOurs('it is not one table of the shape that we write');
    return { kind: 'rules', rules: readRules(blocks, at) };
  } catch (error) {
    if (error instanceof NotOurs) return { kind: 'unknown', why: error.message };
    throw error;
  }
}

function readRules(blocks: readonly Block[], at: number): ListedRules {
  const known = new Map(blocks.map((block) => [`${block.what} ${block.name}`, block]));
  if (known.size !== blocks.length) throw new NotOurs('a name stands twice');
  const side: Side = known.has(`set ${nameOn('b', LIVE.name)}`) ? 'b' : 'a';
  const { enforce, links } = readChains(known, side);
  for (const name of COUNTERS) readCounter(take(known, 'counter', name));
  const rules = readSets(known, links, side, at);
  const [left] = known.keys();
  if (left !== undefined) throw new NotOurs(`${left} is not ours`);
  return { enforce, side, ...rules };
}

function take(known: Map<string, Block>, what: string, name: string): Block {
  const block = known.get(`${what} ${name}`);
  if (block === undefined) throw new NotOurs(`${what} ${name} is missing`);
  known.delete(`${what} ${name}`);
  return block;
}

function readCounter({ name, lines, elements }: Block): void {
  const isPlain = lines.length === 1 && /^packets \d+ bytes \d+$/.test(lines[0] ?? '') && elements.length === 0;
  if (!isPlain) throw new NotOurs(`counter ${name} is not plain`);
}

/** The chains that packets go through say whether refusals refuse and which links there are; then every line is known. */
function readChains(
  known: Map<string, Block>,
  side: Side,
): { readonly enforce: boolean; readonly links: readonly LinkHead[] } {
  const [through, asked, own] = ['go_through', 'ask_model', 'come_to'].map((name) => {
    const block = known.get(`chain ${name}`);
    if (block === undefined) throw new NotOurs(`chain ${name} is missing`);
    return block.lines;
  }) as [Block['lines'], Block['lines'], Block['lines']]; // three in, three out
  const enforce = through[0]?.endsWith('policy drop;') === true;
  const links = asked.flatMap((line): LinkHead[] => {
    const name = /^iifname "([A-Za-z0-9][A-Za-z0-9._-]{0,14})" ip saddr != @link\d+v4(?:_b)? jump on_spoof$/.exec(
      line,
    )?.[1];
    return name === undefined ? [] : [{ name, ...dhcpOf(name, own) }];
  });
  if (links.length > LINKS_MAX) throw new NotOurs('too many links');
  for (const { name, lines } of chains(enforce, links, side)) {
    const listed = take(known, 'chain', name);
    const strange = listed.lines.find((line, i) => line !== lines[i]) ?? lines[listed.lines.length];
    if (strange !== undefined) throw new NotOurs(`chain ${name} differs at: ${strange.slice(0, 120)}`);
  }
  return { enforce, links };
}

function dhcpOf(name: string, own: Block['lines']): Omit<LinkHead, 'name'> {
  const hears = (port: 67 | 547): boolean =>
    own.some((line) => line.startsWith(`iifname "${name}" ip`) && line.endsWith(` udp dport ${port} accept`));
  return { ...(hears(67) ? { dhcp4: true } : {}), ...(hears(547) ? { dhcp6: true } : {}) };
}

function readSets(known: Map<string, Block>, links: readonly LinkHead[], side: Side, at: number) {
  const [standing4, standing6]: [Piece<number>[], Piece<bigint>[]] = [[], []];
  const [pointers4, pointers6]: [Pointer<number>[], Pointer<bigint>[]] = [[], []];
  const [near4, near6]: [Near<number>[], Near<bigint>[]] = [[], []];
  const addresses: { [set: string]: readonly (Span | Span<bigint>)[] } = {};
  let grants: readonly ListedGrant[] = [];
  for (const shape of shapesFor(links.length, side)) {
    const block = take(known, isMap(shape) ? 'map' : 'set', shape.name);
    if (block.lines.length !== shape.head.length || shape.head.some((line, i) => line !== block.lines[i]))
      throw new NotOurs(`${shape.name} is of another type`);
    if (shape.kind === 'live') grants = all(block, (text) => parseGrant(text, at), POINTERS_MAX + STANDING_PIECES_MAX);
    else if (shape.kind === 'near' && shape.family === 4)
      near4.push(...all(block, (text) => parseNear(text, parseSpan4), NEAR_MAX));
    else if (shape.kind === 'near') near6.push(...all(block, (text) => parseNear(text, parseSpan6), NEAR_MAX));
    else if (shape.kind === 'heard') continue; // the kernel fills it as packets come, up to its size
    else if (isAddresses(shape)) addresses[shape.name] = readAddresses(block, shape);
    else if (shape.family === 4) readMap(block, shape, parseSpan4, standing4, pointers4);
    else readMap(block, shape, parseSpan6, standing6, pointers6);
  }
  return {
    standing4,
    standing6,
    pointers4,
    pointers6,
    grants: once(grants),
    quarantined4: singles<number>(addresses[nameOn(side, 'quarantined4')]),
    quarantined6: singles<bigint>(addresses[nameOn(side, 'quarantined6')]),
    asked4: (addresses[nameOn(side, 'asked4')] ?? []) as readonly Span[], // by the set's family
    asked6: (addresses[nameOn(side, 'asked6')] ?? []) as readonly Span<bigint>[], // by the set's family
    near4,
    near6,
    links: links.map((head, i): Link => {
      const [v4, v6] = ([4, 6] as const).map((family) => addresses[nameOn(side, linkShape(i, family).name)]);
      return { ...head, v4: (v4 ?? []) as readonly Span[], v6: (v6 ?? []) as readonly Span<bigint>[] }; // by the set's family
    }),
  };
}

function isAddresses({ kind }: SetShape): boolean {
  return kind === 'address' || kind === 'link' || kind === 'asked';
}

function all<T>(block: Block, parse: (text: string) => T | undefined, max: number): readonly T[] {
  if (block.elements.length > max) throw new NotOurs(`${block.name} holds more than ${max} elements`);
  return block.elements.map((text) => {
    const one = parse(text);
    if (one === undefined) throw new NotOurs(`${block.name} holds: ${text.slice(0, 120)}`);
    return one;
  });
}

function readAddresses(block: Block, { family }: SetShape): readonly (Span | Span<bigint>)[] {
  return all<Span | Span<bigint>>(block, family === 4 ? parseSpan4 : parseSpan6, QUARANTINED_MAX);
}

function readMap<N extends Point>(
  block: Block,
  { kind, protocol }: SetShape,
  parseSpan: (text: string) => Span<N> | undefined,
  standing: Piece<N>[],
  pointers: Pointer<N>[],
): void {
  const max = kind === 'rest' ? PROTOCOL_MAX : PORT_MAX;
  for (const tuple of all(block, (text) => parseTuple(text, parseSpan, max), STANDING_PIECES_MAX)) {
    if (kind === 'pointer' && protocol !== undefined) pointers.push(pointerOf(tuple, protocol, block.name));
    else standing.push(pieceOf(tuple, protocol));
  }
}

function pieceOf<N extends Point>({ numbers, ...tuple }: Tuple<N>, protocol: number | undefined): Piece<N> {
  if (protocol === undefined) return { ...tuple, protocol: numbers, port: ANY_PORT };
  return { ...tuple, protocol: { first: protocol, last: protocol }, port: numbers };
}

function pointerOf<N extends Point>(tuple: Tuple<N>, protocol: 6 | 17, name: string): Pointer<N> {
  const { source, destination, numbers, mark } = tuple;
  if ([source, destination, numbers].some(({ first, last }) => first !== last))
    throw new NotOurs(`${name} holds a range`);
  return { from: source.first, to: destination.first, protocol, port: numbers.first, mark };
}

function singles<N extends Point>(spans: readonly (Span | Span<bigint>)[] = []): readonly N[] {
  return spans.map(({ first, last }) => {
    if (first !== last) throw new NotOurs('a range is in quarantine');
    return first as N; // by the set's family
  });
}

function once(grants: readonly ListedGrant[]): readonly ListedGrant[] {
  const ids = new Set(grants.map(({ id }) => id));
  if (ids.size !== grants.length) throw new NotOurs(`${LIVE.name} names a grant twice`);
  return grants;
}
