/**
 * The map's colours and type. A page that embeds the drawing lends it its own variables (`--pl-...`); alone it follows the reader's
 * scheme, and on paper it is light. Colour never says anything alone: trust, content and standing are words too.
 */
export const MAP_STYLE = `
.network-map { --ink: var(--pl-text, #191919); --dim: var(--pl-dim, #525252); --line: var(--pl-line, #cfcfcb);
  --paper: var(--pl-surface, #ffffff); --ground: var(--pl-page, #f6f6f5); --content: var(--pl-accent, #2f50bf);
  --warn: var(--pl-warn, #845400); --bad: var(--pl-bad, #b3261e); --bad-soft: var(--pl-bad-soft, #fde6e4); --flow: var(--pl-faint, #6b6b6b);
  --t0: #b3261e; --t1: #b86e00; --t2: #8a7a00; --t3: #2a7d4f; --t4: #2f6f9f;
  font-family: system-ui, "Segoe UI", "Liberation Sans", sans-serif; }
@media (prefers-color-scheme: dark) { .network-map { --ink: var(--pl-text, #ececec); --dim: var(--pl-dim, #a8a8a8);
  --line: var(--pl-line, #3a3a3a); --paper: var(--pl-surface, #1a1a1a); --ground: var(--pl-page, #101010);
  --content: var(--pl-accent, #9db5ff); --warn: var(--pl-warn, #f0b860); --bad: var(--pl-bad, #ff8f88);
  --bad-soft: var(--pl-bad-soft, #341a18); --flow: var(--pl-faint, #8f8f8f);
  --t0: #ff8f88; --t1: #f0b860; --t2: #d9cf6a; --t3: #6bd394; --t4: #7cc0ee; } }
@media print { .network-map { --ink: #000; --dim: #333; --line: #999; --paper: #fff; --ground: #fff; --content: #1b3a9e; --warn: #5e3b00;
  --bad: #8f1d17; --bad-soft: #fff; --flow: #555; --t0: #b3261e; --t1: #b86e00; --t2: #8a7a00; --t3: #2a7d4f; --t4: #2f6f9f; } }
.network-map text { fill: var(--ink); font-size: 12px; }
.network-map .ground { fill: var(--ground); }
.network-map .title { font-size: 20px; font-weight: 650; letter-spacing: -.01em; }
.network-map .sub, .network-map .note, .network-map .net, .network-map .key { fill: var(--dim); }
.network-map .sub { font-size: 12.5px; }
.network-map .net { font-family: ui-monospace, "SF Mono", Menlo, "Liberation Mono", monospace; font-size: 11.5px; }
.network-map .remote { fill: var(--warn); font-weight: 600; }
.network-map .perimeter { fill: none; stroke: var(--dim); stroke-width: 1.5; stroke-dasharray: 7 5; }
.network-map .boundary { font-weight: 600; fill: var(--dim); }
.network-map .zone > rect.body { fill: var(--paper); stroke: var(--line); }
.network-map .zone.content > rect.body { stroke: var(--content); stroke-width: 1.6; }
.network-map .zone.internet > rect.body { stroke: var(--t0); stroke-width: 1.6; stroke-dasharray: 3 3; }
.network-map .band.t0 { fill: var(--t0); } .network-map .band.t1 { fill: var(--t1); } .network-map .band.t2 { fill: var(--t2); }
.network-map .band.t3 { fill: var(--t3); } .network-map .band.t4 { fill: var(--t4); }
.network-map .name { font-size: 14px; font-weight: 650; }
.network-map .about { fill: var(--dim); }
.network-map .about.kept { fill: var(--content); font-weight: 600; }
.network-map .host > rect, .network-map .class > rect { fill: var(--ground); stroke: var(--line); }
.network-map .holds > rect { stroke: var(--content); stroke-width: 1.5; }
.network-map .quarantined > rect { fill: var(--bad-soft); stroke: var(--bad); stroke-width: 2; stroke-dasharray: 4 2; }
.network-map .quarantined > text { fill: var(--bad); font-weight: 600; }
.network-map .glyph { fill: none; stroke: var(--dim); stroke-width: 1.2; stroke-linejoin: round; stroke-linecap: round; }
.network-map .holds .glyph { stroke: var(--content); }
.network-map .public { fill: none; stroke: var(--warn); stroke-width: 1.3; }
.network-map .class text { font-variant-numeric: tabular-nums; }
.network-map .line { fill: none; stroke: var(--flow); stroke-width: 1.4; }
.network-map .line.content { stroke: var(--content); stroke-width: 3; }
.network-map .line.exposure { stroke: var(--warn); stroke-width: 1.6; }
.network-map .line.path { stroke: var(--content); stroke-width: 1.6; stroke-dasharray: 2 4; stroke-linecap: round; }
.network-map .head { fill: var(--flow); } .network-map .head.content, .network-map .head.path { fill: var(--content); }
.network-map .head.exposure { fill: var(--warn); }
.network-map .label > rect { fill: var(--paper); stroke: var(--flow); }
.network-map .label.content > rect, .network-map .label.path > rect { stroke: var(--content); }
.network-map .label.exposure > rect { stroke: var(--warn); }
.network-map .label text { font-weight: 550; text-anchor: middle; }
.network-map .label.content text { fill: var(--content); }
.network-map .host:focus-visible > rect, .network-map .class:focus-visible > rect { stroke: var(--content); stroke-width: 2.5; outline: none; }
`;
