/**
 * The drawing that the server made, the same bytes that print and bundles hold. It stands in a shadow tree: its style sheet is taken up
 * as a constructed one, because the page's policy refuses styles inside of markup.
 */
import { useEffect, useRef } from 'react';
import type { KeyboardEvent, MouseEvent } from 'react';

interface TopologyProps {
  readonly svg: string;
  readonly chosen: string | undefined;
  /** A host or a zone was clicked, or Enter pressed on it. */
  readonly onPick: (kind: 'host' | 'zone', id: string) => void;
  /** Called with the drawing whenever it is a new one. */
  readonly onDrawn: (drawing: SVGSVGElement) => void;
}

export function Topology({ svg, chosen, onPick, onDrawn }: TopologyProps) {
  const frame = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const drawing = frame.current === null ? undefined : draw(frame.current, svg);
    if (drawing !== undefined) onDrawn(drawing);
  }, [svg, onDrawn]);
  useEffect(() => {
    if (frame.current !== null) mark(frame.current, chosen);
  }, [chosen, svg]);
  const pick = (event: MouseEvent | KeyboardEvent) => {
    const found = picked(event.nativeEvent.composedPath());
    if (found === undefined) return;
    event.preventDefault();
    onPick(...found);
  };
  return (
    <div
      ref={frame}
      className="nw-drawing"
      onClick={pick}
      onKeyDown={(event) => {
        if (event.key === 'Enter' || event.key === ' ') pick(event);
      }}
    />
  );
}

/** What the page adds to the drawing: it can be focused and chosen. */
const OWN_STYLE = `
:host { display: block; }
svg { display: block; width: 100%; height: auto; margin: 0 auto; }
@media screen and (max-width: 760px) { svg { width: 840px; max-width: none !important; } }
@media screen {
  .network-map { --t0: var(--nw-t0); --t1: var(--nw-t1); --t2: var(--nw-t2); --t3: var(--nw-t3); --t4: var(--nw-t4); }
}
[data-host], [data-zone][tabindex] { cursor: pointer; outline: none; }
[data-host]:hover > rect, [data-host]:focus-visible > rect { stroke: var(--pl-accent); stroke-width: 2; }
[data-host].chosen > rect { stroke: var(--pl-accent); stroke-width: 2.5; fill: var(--pl-accent-soft); }
`;

/** A parser would already apply it, and be refused. */
const STYLE = /<style[^>]*>([\s\S]*?)<\/style>/g;

function draw(frame: HTMLDivElement, svg: string): SVGSVGElement | undefined {
  const sheets: CSSStyleSheet[] = [];
  const bare = svg.replace(STYLE, (_whole, text: string) => {
    sheets.push(sheetOf(text.replace(/^\s*<!\[CDATA\[|\]\]>\s*$/g, '')));
    return '';
  });
  const parsed = new DOMParser().parseFromString(bare, 'image/svg+xml').documentElement;
  if (!(parsed instanceof SVGSVGElement)) return undefined;
  const root = frame.shadowRoot ?? frame.attachShadow({ mode: 'open' });
  root.adoptedStyleSheets = [...sheets, sheetOf(OWN_STYLE)];
  const drawing = document.importNode(parsed, true);
  for (const host of drawing.querySelectorAll('[data-host]')) makeButton(host);
  // As wide as it was drawn, and no wider: larger words only make it longer.
  drawing.style.maxWidth = `${drawing.getAttribute('width')}px`;
  root.replaceChildren(drawing);
  return drawing;
}

/** What is spoken begins with what is seen, also where a long name is cut short. */
function makeButton(host: Element): void {
  host.setAttribute('role', 'button');
  const seen = host.querySelector('text')?.textContent ?? '';
  const spoken = host.getAttribute('aria-label') ?? '';
  if (!spoken.includes(seen)) host.setAttribute('aria-label', `${seen} ${spoken}`);
}

function sheetOf(text: string): CSSStyleSheet {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(text);
  return sheet;
}

function mark(frame: HTMLDivElement, chosen: string | undefined): void {
  for (const host of frame.shadowRoot?.querySelectorAll('[data-host]') ?? [])
    host.classList.toggle('chosen', chosen !== undefined && host.getAttribute('data-host') === chosen);
}

function picked(path: readonly EventTarget[]): ['host' | 'zone', string] | undefined {
  for (const target of path) {
    if (!(target instanceof SVGElement)) continue;
    const [host, zone] = [target.getAttribute('data-host'), target.getAttribute('data-zone')];
    if (host !== null) return ['host', host];
    if (zone !== null) return ['zone', zone];
  }
  return undefined;
}
