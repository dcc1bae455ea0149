/** What the signs mean, in one row under the drawing. */
import { renderGlobe } from './glyphs.ts';

export const LEGEND_HEIGHT = 54;

const LINES = [
  ['content', 'path of content', 118],
  ['flow', 'other way', 92],
  ['exposure', 'open to the internet', 148],
  ['path', 'live path of a session', 158],
] as const;

const TRUST = [
  ['t0', 'outside'],
  ['t1', 'trust 1–39'],
  ['t2', '40–69'],
  ['t3', '70–89'],
  ['t4', '90–100'],
] as const;

export function renderLegend(x: number, y: number): string {
  let at = x;
  const lines = LINES.map(([kind, says, width]) => {
    const drawn =
      `<path class="line ${kind}" d="M${at} ${y + 8}h34" marker-end="url(#network-map-${kind})"/>` +
      `<text class="key" x="${at + 42}" y="${y + 12}">${says}</text>`;
    at += width + 42;
    return drawn;
  });
  const signs =
    `${renderGlobe(at + 6, y + 8)}<text class="key" x="${at + 18}" y="${y + 12}">host of the external inventory</text>` +
    `<g class="quarantined"><rect x="${at + 204}" y="${y}" width="22" height="15" rx="4"/></g>` +
    `<text class="key" x="${at + 232}" y="${y + 12}">in quarantine</text>`;
  let across = x;
  const trust = TRUST.map(([band, says]) => {
    const drawn =
      `<rect class="band ${band}" x="${across}" y="${y + 26}" width="5" height="15" rx="2.5"/>` +
      `<text class="key" x="${across + 11}" y="${y + 38}">${says}</text>`;
    across += 24 + says.length * 7;
    return drawn;
  });
  const content =
    `<text class="key" x="${across}" y="${y + 38}">Edged in the colour of content: content is kept or in transit. ` +
    'Everybody asks the core and is managed from one place: said in words, not drawn.</text>';
  return `<g class="legend">${[...lines, signs, ...trust, content].join('')}</g>`;
}
