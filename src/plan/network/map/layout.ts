/**
 * Where everything of the map stands: dagre ranks the segments from the internet downward, by trust, so that the drawing is as wide as
 * a page and its words can be read there; segments without a line of their own stand in rows below. The same model gives the same places.
 */
import { Graph, layout } from '@dagrejs/dagre';
import type { Chip, MapEdge, MapModel, MapZone } from './map-model.ts';
import { INTERNET } from './map-model.ts';
import { aboutLines } from './zone-words.ts';
import type { AboutLine } from './zone-words.ts';

export const ZONE_WIDTH = 224;
export const CHIP_HEIGHT = 24;
export const CHIP_GAP = 6;
export const PADDING = 10;
export const CHIP_WIDTH = ZONE_WIDTH - 2 * PADDING;
/** The name alone. */
const HEAD_HEIGHT = 28;
export const LINE_HEIGHT = 16;
export const LABEL_HEIGHT = 18;
/** Between two lines that arrive at the internet. */
const PORT_WIDTH = 44;
const CHARS_A_NOTE = 27;
/** Bold letters are wider. */
const CHARS_A_WARNING = 24;
const CHAR_WIDTH = 7.2;
const MARGIN = 32;
/** Between a segment and the line around all of them. */
const PERIMETER = 22;
/** What the line says, below everything within it, where no other line passes. */
const BOUNDARY_HEIGHT = 20;
const TITLE_HEIGHT = 92;
const STRIP_GAP = 56;
const GAP = 26;
/** A row of segments without lines is at least this wide. */
const STRIP_WIDTH_MIN = 880;
/** Room for the legend. */
const WIDTH_MIN = 920;

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Box extends Point {
  readonly width: number;
  readonly height: number;
}

export interface PlacedZone {
  readonly zone: MapZone;
  readonly box: Box;
  readonly aboutLines: readonly AboutLine[];
  readonly remoteLines: readonly string[];
  readonly noteLines: readonly string[];
  readonly chips: readonly Chip[];
}

export interface PlacedEdge {
  readonly edge: MapEdge;
  readonly points: readonly Point[];
  readonly label: Box;
}

export interface PlacedMap {
  readonly width: number;
  readonly height: number;
  readonly zones: readonly PlacedZone[];
  readonly edges: readonly PlacedEdge[];
  /** Around everything of ours. */
  readonly perimeter: Box;
}

export function placeMap(model: MapModel): PlacedMap {
  const sized = new Map(model.zones.map((zone) => [zone.key, sizeOf(zone, linesAt(model, zone.key))]));
  const lined = new Set([INTERNET, ...model.edges.flatMap(({ from, to }) => [from, to])]);
  const { zones: ranked, edges } = placeLined(model, sized, lined);
  const right = Math.max(0, ...ranked.map(({ box }) => box.x + box.width));
  const below = Math.max(0, ...ranked.map(({ box }) => box.y + box.height));
  const inner = ranked.filter(({ zone }) => !zone.isInternet);
  const left = Math.min(...(inner.length === 0 ? [MARGIN + PERIMETER] : inner.map(({ box }) => box.x)));
  const top = Math.min(...inner.map(({ box }) => box.y));
  const rest = model.zones.filter(({ key }) => !lined.has(key));
  const strip = placeRows(rest, sized, left, below + STRIP_GAP, Math.max(right, left + STRIP_WIDTH_MIN));
  const zones = [...ranked, ...strip];
  const lines = edges.flatMap(({ label, points }) => [label, ...points.map((at) => ({ ...at, width: 0, height: 0 }))]);
  const perimeter = around([...inner, ...strip].map(({ box }) => box).concat(lines.filter(({ y }) => y >= top)));
  return {
    width: Math.max(WIDTH_MIN, right + MARGIN, perimeter.x + perimeter.width + MARGIN),
    height: Math.max(below, perimeter.y + perimeter.height) + MARGIN,
    zones,
    edges,
    perimeter,
  };
}

interface Size extends Pick<PlacedZone, 'aboutLines' | 'remoteLines' | 'noteLines'> {
  readonly width: number;
  readonly height: number;
}

function linesAt({ edges }: MapModel, key: string): number {
  return edges.filter(({ from, to }) => from === key || to === key).length;
}

function sizeOf(zone: MapZone, lines: number): Size {
  const remoteLines = zone.remote.flatMap((name) => wrapped(`open to outside: ${name}`, CHARS_A_WARNING));
  const noteLines = zone.notes.flatMap((note) => wrapped(note, CHARS_A_NOTE));
  const about = aboutLines(zone);
  const words = remoteLines.length + noteLines.length;
  const texts = (about.length + zone.networks.length + words) * LINE_HEIGHT + (words === 0 ? 0 : 6);
  const height = HEAD_HEIGHT + texts + chipsHeight(zone.chips) + PADDING;
  const width = zone.isInternet ? Math.max(ZONE_WIDTH, (lines + 1) * PORT_WIDTH) : ZONE_WIDTH;
  return { width, height, aboutLines: about, remoteLines, noteLines };
}

/** Where the words under the name, the networks, the machines and the notes begin, beneath the upper edge. */
export function startsOf({ zone, aboutLines: about, chips }: Pick<PlacedZone, 'zone' | 'aboutLines' | 'chips'>) {
  const nets = HEAD_HEIGHT + about.length * LINE_HEIGHT;
  const hosts = nets + zone.networks.length * LINE_HEIGHT;
  return { about: HEAD_HEIGHT, nets, chips: hosts + CHIP_GAP, notes: hosts + chipsHeight(chips) + 4 };
}

/** A machine, or a number of machines of one kind, takes a row. */
function chipsHeight(chips: readonly Chip[]): number {
  return chips.length === 0 ? 0 : chips.length * (CHIP_HEIGHT + CHIP_GAP) + CHIP_GAP;
}

/** Lines of whole words, and of parts of a name where it is longer than a line; those after the first begin with two spaces. */
function wrapped(text: string, charsMax: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const { part, isGlued } of text.split(' ').flatMap((word) => partsOf(word, charsMax - 2))) {
    const joint = isGlued || line === '' ? '' : ' ';
    if (line !== '' && line.length + joint.length + part.length > charsMax) {
      lines.push(line);
      line = `  ${part}`;
    } else line = `${line}${joint}${part}`;
  }
  return [...lines, line];
}

/** A long name breaks after its dots. */
function partsOf(word: string, charsMax: number): readonly { readonly part: string; readonly isGlued: boolean }[] {
  if (word.length <= charsMax) return [{ part: word, isGlued: false }];
  return word.split(/(?<=\.)/).map((part, n) => ({ part, isGlued: n > 0 }));
}

/** From the internet downward: lines are ranked from lower trust to higher, whichever end begins. */
function placeLined(
  model: MapModel,
  sized: ReadonlyMap<string, Size>,
  lined: ReadonlySet<string>,
): { readonly zones: readonly PlacedZone[]; readonly edges: readonly PlacedEdge[] } {
  const graph = new Graph({ multigraph: true, directed: true });
  graph.setGraph({
    rankdir: 'TB',
    nodesep: GAP,
    ranksep: 44,
    edgesep: 14,
    marginx: MARGIN + PERIMETER,
    marginy: MARGIN,
  });
  const zones = model.zones.filter(({ key }) => lined.has(key));
  const depth = new Map(model.zones.map((zone, n) => [zone.key, zone.isInternet ? -1 : zone.trust * 1000 + n]));
  for (const { key } of zones) graph.setNode(key, { ...sizeIn(sized, key) });
  const hasOuter = new Set<string>();
  model.edges.forEach((edge, n) => {
    const isOutward = isDeeper(depth, model, edge);
    const [outer, inner] = isOutward ? [edge.to, edge.from] : [edge.from, edge.to];
    hasOuter.add(inner);
    graph.setEdge(outer, inner, { width: labelWidth(edge) + 8, height: LABEL_HEIGHT + 6, labelpos: 'c' }, `e${n}`);
  });
  for (const { key } of zones)
    if (key !== INTERNET && !hasOuter.has(key))
      graph.setEdge(INTERNET, key, { weight: 0, width: 0, height: 0 }, 'rank');
  layout(graph);
  const placedZones = zones.map((zone) => {
    const { x, y } = graph.node(zone.key) as Point; // layout gives every node its centre
    return placed(zone, sized, x, y + TITLE_HEIGHT);
  });
  const found = model.edges.map((edge, n) => {
    const isOutward = isDeeper(depth, model, edge);
    const [outer, inner] = isOutward ? [edge.to, edge.from] : [edge.from, edge.to];
    const { points, ...at } = graph.edge(outer, inner, `e${n}`) as { readonly points: readonly Point[] } & Point; // and every edge its points
    const between = points.slice(1, -1).map(({ x, y }) => ({ x: Math.round(x), y: Math.round(y + TITLE_HEIGHT) }));
    return { edge, outer, inner, isOutward, between, x: at.x, y: at.y + TITLE_HEIGHT };
  });
  return { zones: placedZones, edges: withPorts(found, placedZones) };
}

interface FoundEdge extends Point {
  readonly edge: MapEdge;
  readonly outer: string;
  readonly inner: string;
  readonly isOutward: boolean;
  readonly between: readonly Point[];
}

/** Lines leave a segment below and enter the next above, in the order in which they fan out. */
function withPorts(found: readonly FoundEdge[], zones: readonly PlacedZone[]): readonly PlacedEdge[] {
  const boxes = new Map(zones.map(({ zone, box }) => [zone.key, box]));
  const starts = portsOf(found, 'outer', boxes);
  const ends = portsOf(found, 'inner', boxes);
  return found.map((line, n) => {
    const points = [starts[n], ...line.between, ends[n]].filter((point) => point !== undefined);
    const width = labelWidth(line.edge);
    const label = {
      x: Math.round(line.x - width / 2),
      y: Math.round(line.y - LABEL_HEIGHT / 2),
      width,
      height: LABEL_HEIGHT,
    };
    return { edge: line.edge, points: line.isOutward ? points.reverse() : points, label };
  });
}

function portsOf(
  found: readonly FoundEdge[],
  side: 'outer' | 'inner',
  boxes: ReadonlyMap<string, Box>,
): readonly (Point | undefined)[] {
  const ports: (Point | undefined)[] = found.map(() => undefined);
  const bySegment = Map.groupBy(found.keys(), (n) => found[n]?.[side] ?? '');
  for (const [key, lines] of bySegment) {
    const box = boxes.get(key);
    if (box === undefined) continue;
    const leaning = (n: number) => (side === 'outer' ? found[n]?.between[0] : found[n]?.between.at(-1))?.x ?? 0;
    lines.sort((a, b) => leaning(a) - leaning(b) || a - b);
    lines.forEach((n, i) => {
      const x = box.x + Math.round(((i + 1) * box.width) / (lines.length + 1));
      ports[n] = { x, y: side === 'outer' ? box.y + box.height : box.y };
    });
  }
  return ports;
}

/** Whether the line begins further in than it ends. Between equals the line's own direction counts, so that no rank turns round. */
function isDeeper(depth: ReadonlyMap<string, number>, { zones }: MapModel, { from, to }: MapEdge): boolean {
  const trust = (key: string) => zones.find((zone) => zone.key === key)?.trust ?? 0;
  if (from !== INTERNET && to !== INTERNET && trust(from) === trust(to)) return false;
  return (depth.get(from) ?? 0) > (depth.get(to) ?? 0);
}

function labelWidth({ labels }: MapEdge): number {
  return Math.round(Math.max(...labels.map((label) => label.length)) * CHAR_WIDTH + 14);
}

function sizeIn(sized: ReadonlyMap<string, Size>, key: string): { readonly width: number; readonly height: number } {
  const { width = ZONE_WIDTH, height = HEAD_HEIGHT } = sized.get(key) ?? {};
  return { width, height };
}

function placed(zone: MapZone, sized: ReadonlyMap<string, Size>, x: number, y: number): PlacedZone {
  const { width, height } = sizeIn(sized, zone.key);
  const box = { x: Math.round(x - width / 2), y: Math.round(y - height / 2), width, height };
  const { aboutLines: about = [], remoteLines = [], noteLines = [] } = sized.get(zone.key) ?? {};
  return { zone, box, aboutLines: about, remoteLines, noteLines, chips: zone.chips };
}

function placeRows(
  zones: readonly MapZone[],
  sized: ReadonlyMap<string, Size>,
  left: number,
  top: number,
  right: number,
): readonly PlacedZone[] {
  const found: PlacedZone[] = [];
  let [x, y, tallest] = [left, top, 0];
  for (const zone of zones) {
    const { width, height } = sizeIn(sized, zone.key);
    if (x > left && x + width > right) [x, y, tallest] = [left, y + tallest + GAP, 0];
    found.push(placed(zone, sized, x + width / 2, y + height / 2));
    x += width + GAP;
    tallest = Math.max(tallest, height);
  }
  return found;
}

function around(boxes: readonly Box[]): Box {
  if (boxes.length === 0) return { x: MARGIN, y: MARGIN + TITLE_HEIGHT, width: 0, height: 0 };
  const x = Math.min(...boxes.map((box) => box.x)) - PERIMETER;
  const y = Math.min(...boxes.map((box) => box.y)) - PERIMETER;
  return {
    x,
    y,
    width: Math.max(...boxes.map((box) => box.x + box.width)) + PERIMETER - x,
    height: Math.max(...boxes.map((box) => box.y + box.height)) + PERIMETER + BOUNDARY_HEIGHT - y,
  };
}
