/** The placed map as SVG text: no script, no outside link, every name escaped, whole pixels, the same bytes for the same model. */
import type { HostRole } from '#model/network-shapes.ts';
import type { Chip, MapModel } from './map-model.ts';
import { renderGlyph, renderGlobe } from './glyphs.ts';
import type { PlacedEdge, PlacedMap, PlacedZone, Point } from './layout.ts';
import { CHIP_GAP, CHIP_HEIGHT, CHIP_WIDTH, LINE_HEIGHT, PADDING, startsOf } from './layout.ts';
import { LEGEND_HEIGHT, renderLegend } from './legend.ts';
import { MAP_STYLE } from './style.ts';
import { CONTENT, plural } from './zone-words.ts';

export function renderMap(model: MapModel, placed: PlacedMap): string {
  const { width, zones, edges, perimeter } = placed;
  const height = placed.height + LEGEND_HEIGHT;
  const inside = zones.filter(({ zone }) => !zone.isInternet);
  return `<svg xmlns="http://www.w3.org/2000/svg" class="network-map" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}"
 role="group" aria-labelledby="network-map-title network-map-description">
<title id="network-map-title">${escape(titleOf(model))}</title>
<desc id="network-map-description">${escape(describe(model))}</desc>
<style>${MAP_STYLE}</style>
<defs>${MARKERS}</defs>
<rect class="ground" width="${width}" height="${height}"/>
<text class="title" x="32" y="44">${escape(titleOf(model))}</text>
<text class="sub" x="32" y="66">${escape(subtitleOf(model))}</text>
<rect class="perimeter" x="${perimeter.x}" y="${perimeter.y}" width="${perimeter.width}" height="${perimeter.height}" rx="16"/>
<text class="boundary" x="${perimeter.x + 18}" y="${perimeter.y + perimeter.height - 14}">${BOUNDARY}</text>
<g class="lines">
${edges.map(renderLine).join('\n')}
</g>
<g class="zones">
${[...zones.filter(({ zone }) => zone.isInternet), ...inside].map(renderZone).join('\n')}
</g>
<g class="labels">
${edges.map(renderLabel).join('\n')}
</g>
${renderLegend(32, placed.height + 4)}
</svg>
`;
}

const BOUNDARY = 'Gateway: nothing passes between segments but what a line or a note says';

function titleOf({ facility }: MapModel): string {
  return facility === '' ? 'Network' : `Network of ${facility}`;
}

function subtitleOf({ at, zones, hostCount, ruleCount, mode }: MapModel): string {
  const when = new Date(at).toISOString().slice(0, 16).replace('T', ' ');
  const inside = zones.length - 1;
  const counts = [plural(inside, 'segment'), plural(hostCount, 'host'), plural(ruleCount, 'rule')].join(', ');
  return `As of ${when} UTC. ${counts}. ${MODES[mode]}`;
}

const MODES: Readonly<Record<MapModel['mode'], string>> = {
  off: 'Rules are not loaded.',
  observe: 'Rules only observe.',
  warn: 'Rules only warn.',
  enforce: 'Rules are enforced.',
};

/** The drawing in words, for whoever hears it. */
function describe({ zones, edges }: MapModel): string {
  const names = new Map(zones.map(({ key, name }) => [key, name]));
  const segments = zones
    .filter(({ isInternet }) => !isInternet)
    .map(({ name, trust, content, hostCount, remote }) => {
      const outside = remote.length === 0 ? '' : `, reachable from outside as ${remote.join(' and ')}`;
      return `${name}: trust ${trust}, ${CONTENT[content]}, ${plural(hostCount, 'host')}${outside}.`;
    });
  const ways = edges.map(({ from, to, kind, labels }) => {
    const what = kind === 'content' ? 'Content path' : kind === 'path' ? 'Live paths' : 'Way';
    return `${what} from ${names.get(from) ?? from} to ${names.get(to) ?? to}: ${labels.join(', ')}.`;
  });
  return [...segments, ...ways].join(' ');
}

const KINDS = ['content', 'flow', 'exposure', 'path'] as const;
const MARKERS = KINDS.map(
  (kind) =>
    `<marker id="network-map-${kind}" viewBox="0 0 10 10" refX="9" refY="5" markerUnits="userSpaceOnUse" ` +
    `markerWidth="${kind === 'content' ? 13 : 10}" markerHeight="${kind === 'content' ? 13 : 10}" orient="auto">` +
    `<path class="head ${kind}" d="M0 0 10 5 0 10z"/></marker>`,
).join('');

function renderLine({ edge, points }: PlacedEdge): string {
  return `<path class="line ${edge.kind}" d="${curve(points)}" marker-end="url(#network-map-${edge.kind})"/>`;
}

/** Upright through every point, so that it leaves, passes its label and arrives straight down or up. */
function curve(points: readonly Point[]): string {
  const [first, ...rest] = points;
  if (first === undefined) return '';
  let at = first;
  const legs = rest.map((point) => {
    const middle = Math.round((at.y + point.y) / 2);
    const leg = `C${at.x} ${middle} ${point.x} ${middle} ${point.x} ${point.y}`;
    at = point;
    return leg;
  });
  return `M${first.x} ${first.y}${legs.join('')}`;
}

function renderLabel({ edge, label }: PlacedEdge): string {
  const { x, y, width, height } = label;
  const text = `<text x="${x + Math.round(width / 2)}" y="${y + 13}">${escape(edge.labels.join(', '))}</text>`;
  const ending =
    edge.isEnding && edge.kind !== 'path' ? '<title>at least one of these rules ends by itself</title>' : '';
  return `<g class="label ${edge.kind}">${ending}<rect x="${x}" y="${y}" width="${width}" height="${height}" rx="9"/>${text}</g>`;
}

const BANDS = [1, 40, 70, 90] as const;

export function bandOf(trust: number, isInternet: boolean): string {
  return isInternet ? 't0' : `t${BANDS.filter((from) => trust >= from).length}`;
}

function renderZone(placed: PlacedZone): string {
  const { zone, box, aboutLines, remoteLines, noteLines, chips } = placed;
  const { x, y, width, height } = box;
  const id = zone.id === undefined ? '' : ` data-zone="${escape(zone.id)}"`;
  const kind = [zone.isInternet ? ' internet' : '', zone.content === 'none' ? '' : ' content'].join('');
  const left = x + PADDING + 6;
  const starts = startsOf(placed);
  const at = (start: number, n: number) => y + start + (n + 1) * LINE_HEIGHT - 4;
  const notes = [
    ...remoteLines.map((text) => ['note remote', text] as const),
    ...noteLines.map((text) => ['note', text] as const),
  ];
  return `<g class="zone${kind}"${id}>
<rect class="body" x="${x}" y="${y}" width="${width}" height="${height}" rx="8"/>
<rect class="band ${bandOf(zone.trust, zone.isInternet)}" x="${x}" y="${y + 8}" width="5" height="${height - 16}" rx="2.5"/>
${[
  line('name', left, y + 21, clipped(zone.name, NAME_CHARS)),
  ...aboutLines.map(({ text, isKept }, n) =>
    line(isKept ? 'about kept' : 'about', left, at(starts.about, n), clipped(text, LINE_CHARS)),
  ),
  ...zone.networks.map((net, n) => line('net', left, at(starts.nets, n), clipped(net, LINE_CHARS))),
  ...chips.map((chip, row) => renderChip(chip, row, zone.id ?? '', x + PADDING, y + starts.chips)),
  ...notes.map(([style, text], n) =>
    line(style, left + (text.startsWith('  ') ? 8 : 0), at(starts.notes, n), text.trimStart()),
  ),
].join('\n')}
</g>`;
}

const NAME_CHARS = 22;
const LINE_CHARS = 27;

function line(kind: string, x: number, y: number, text: string): string {
  return `<text class="${kind}" x="${x}" y="${y}">${escape(text)}</text>`;
}

const CHIP_CHARS = 24;
/** Bold letters are wider. */
const BOLD_CHARS = 3;

function renderChip(chip: Chip, row: number, zone: string, x: number, top: number): string {
  const { marks } = chip;
  const isHost = chip.kind === 'host';
  const kinds = [chip.kind, marks.holdsContent ? 'holds' : '', marks.isQuarantined ? 'quarantined' : ''].filter(
    Boolean,
  );
  const y = top + row * (CHIP_HEIGHT + CHIP_GAP);
  const target = isHost ? `data-host="${escape(chip.host)}"` : `data-class="${escape(`${zone}/${chip.role}`)}"`;
  const text = isHost ? chip.name : `${chip.count} ${roleName(chip.role, chip.count)}`;
  const room = CHIP_CHARS - (marks.isExposed ? 2 : 0) - (marks.isQuarantined ? BOLD_CHARS : 0);
  const globe = marks.isExposed ? renderGlobe(x + CHIP_WIDTH - 14, y + CHIP_HEIGHT / 2) : '';
  const says = escape(spoken(chip));
  return (
    `<g class="${kinds.join(' ')}" ${target} tabindex="0" role="img" aria-label="${says}"><title>${says}</title>` +
    `<rect x="${x}" y="${y}" width="${CHIP_WIDTH}" height="${CHIP_HEIGHT}" rx="5"/>` +
    `${renderGlyph(chip.role, x + 6, y + 5)}<text x="${x + 25}" y="${y + 16}">${escape(clipped(text, room))}</text>${globe}</g>`
  );
}

function spoken(chip: Chip): string {
  const { holdsContent, isExposed, isQuarantined } = chip.marks;
  const what =
    chip.kind === 'host'
      ? `${chip.name}, ${roleName(chip.role, 1)}`
      : `${chip.count} ${roleName(chip.role, chip.count)}`;
  return [
    what,
    ...(holdsContent ? ['holds content'] : []),
    ...(isExposed ? ['reachable from the internet'] : []),
    ...(isQuarantined ? ['in quarantine'] : []),
  ].join(', ');
}

const IRREGULAR: Readonly<Partial<Record<HostRole, readonly [string, string]>>> = {
  storage: ['storage head', 'storage heads'],
  identity: ['directory', 'directories'],
  logging: ['log server', 'log servers'],
  time: ['time server', 'time servers'],
  licence: ['licence server', 'licence servers'],
  switch: ['switch', 'switches'],
  'drive-station': ['drive station', 'drive stations'],
  'render-node': ['render node', 'render nodes'],
  other: ['machine', 'machines'],
};

function roleName(role: HostRole, count: number): string {
  const [one, many] = IRREGULAR[role] ?? [role.replace('-', ' '), `${role.replace('-', ' ')}s`];
  return count === 1 ? one : many;
}

function clipped(text: string, charsMax: number): string {
  const chars = [...text];
  return chars.length <= charsMax ? text : `${chars.slice(0, charsMax - 1).join('')}…`;
}

/** For text and for attributes. Characters that XML cannot hold are left out. */
export function escape(text: string): string {
  return text
    .replace(/[^\t\n\r\x20-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, '')
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/"/g, '&quot;')
    .replace(/'/g, '&#39;');
}
