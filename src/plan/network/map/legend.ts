/** What the signs mean, in rows under the drawing. */
import { renderGlobe } from './glyphs.ts';

const ROW_HEIGHT = 24;
const ROWS = 4;
export const LEGEND_HEIGHT = ROWS * ROW_HEIGHT + 18;
const CHAR_WIDTH = 7.2;

const LINES = [
  ['content', 'path of content'],
  ['flow', 'other way'],
  ['exposure', 'open to the internet'],
  ['path', 'live path of a session'],
] as const;

const TRUST = [
  ['t0', 'outside'],
  ['t1', 'trust 1–39'],
  ['t2', '40–69'],
  ['t3', '70–89'],
  ['t4', '90–100'],
] as const;

const WORDS = [
  'Edged in the colour of content: content is kept or in transit.',
  'Everybody asks the core and is managed from one place: said in words, not drawn.',
] as const;

export function renderLegend(x: number, y: number): string {
  const rowAt = (row: number) => y + row * ROW_HEIGHT;
  const lines = inRow(x, LINES, 42, (at, kind) => {
    const path = `<path class="line ${kind}" d="M${at} ${rowAt(0) + 8}h34" marker-end="url(#network-map-${kind})"/>`;
    return [path, rowAt(0) + 12];
  });
  const trust = inRow(x, TRUST, 11, (at, band) => {
    const bar = `<rect class="band ${band}" x="${at}" y="${rowAt(1)}" width="5" height="15" rx="2.5"/>`;
    return [bar, rowAt(1) + 12];
  });
  const signs = inRow(x + 440, SIGNS, 30, (at, sign) => [
    sign === 'exposed'
      ? renderGlobe(at + 14, rowAt(1) + 8)
      : `<g class="quarantined"><rect x="${at}" y="${rowAt(1)}" width="22" height="15" rx="4"/></g>`,
    rowAt(1) + 12,
  ]);
  const words = WORDS.map((text, n) => `<text class="key" x="${x}" y="${rowAt(2 + n) + 12}">${text}</text>`);
  return `<g class="legend">${[...lines, ...trust, ...signs, ...words].join('')}</g>`;
}

const SIGNS = [
  ['exposed', 'host of the external inventory'],
  ['quarantined', 'in quarantine'],
] as const;

/** Signs with their words, one after another; `room` is what a sign takes. */
function inRow<K extends string>(
  x: number,
  signs: readonly (readonly [kind: K, says: string])[],
  room: number,
  sign: (at: number, kind: K) => readonly [drawn: string, baseline: number],
): readonly string[] {
  let at = x;
  return signs.map(([kind, says]) => {
    const [drawn, baseline] = sign(at, kind);
    const text = `<text class="key" x="${at + room}" y="${baseline}">${says}</text>`;
    at += room + Math.round(says.length * CHAR_WIDTH) + 20;
    return drawn + text;
  });
}
