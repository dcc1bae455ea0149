/** The report on paper: A4 and Letter, page numbers, table heads that repeat, nothing that needs a network. */
export const STYLE = `
@page { size: auto; margin: 18mm 15mm 20mm; @bottom-left { content: "Picturelock evidence report"; font: 8pt system-ui, sans-serif; color: #667; }
  @bottom-right { content: "Page " counter(page) " of " counter(pages); font: 8pt system-ui, sans-serif; color: #667; } }
:root { color-scheme: light; --ink: #14181f; --quiet: #5b6472; --line: #d5dae2; --accent: #1f4e79; --open: #4f8fc4; --pale: #f4f6f9; }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 1040px; padding: 40px 32px 64px; background: #fff;
  color: var(--ink); font: 14px/1.45 system-ui, "Segoe UI", "Liberation Sans", sans-serif; }
header { border-bottom: 3px solid var(--accent); padding-bottom: 18px; margin-bottom: 22px; }
.kicker { text-transform: uppercase; letter-spacing: .12em; font-size: 11px; color: var(--accent); font-weight: 600; }
h1 { font-size: 30px; line-height: 1.15; margin: 6px 0 4px; letter-spacing: -.01em; }
h2 { font-size: 18px; margin: 34px 0 10px; padding-top: 6px; break-after: avoid; }
h2 .number { color: var(--accent); display: inline-block; min-width: 1.6em; }
h3 { font-size: 14px; margin: 0 0 6px; break-after: avoid; }
p { margin: 6px 0; max-width: 74ch; }
.quiet, .legend { color: var(--quiet); } .empty { color: var(--quiet); font-style: italic; }
.figures { display: grid; grid-template-columns: repeat(3, 1fr); gap: 1px;
  background: var(--line); border: 1px solid var(--line); margin: 0; }
.figures div { background: #fff; padding: 12px 14px; }
.figures dt { color: var(--quiet); font-size: 12px; }
.figures dd { margin: 2px 0 0; font-size: 22px; font-weight: 600; font-variant-numeric: tabular-nums; }
table { border-collapse: collapse; width: 100%; margin: 8px 0 14px; font-size: 12px; } thead { display: table-header-group; }
th { text-align: left; font-weight: 600; color: var(--quiet); border-bottom: 1.5px solid var(--ink); padding: 5px 8px 5px 0; vertical-align: bottom; }
td { border-bottom: 1px solid var(--line); padding: 5px 8px 5px 0; vertical-align: top; overflow-wrap: break-word; }
tr { break-inside: avoid; }
th.figure, td.figure { text-align: right; padding-right: 18px; font-variant-numeric: tabular-nums; white-space: nowrap; }
code { font: 11px/1.4 ui-monospace, "SF Mono", Menlo, "Liberation Mono", monospace; overflow-wrap: anywhere; }
.timeline { width: 100%; height: auto; margin: 4px 0; }
.tick { stroke: var(--line); }
.tick-label { font-size: 11px; fill: var(--quiet); }
.row-label { font-size: 12px; fill: var(--ink); }
.bar { fill: var(--accent); } .bar.open { fill: var(--open); }
.key { display: inline-block; width: 18px; height: 10px; border-radius: 2px; margin: 0 4px 0 14px; }
.key:first-child { margin-left: 0; }
.key.ended { background: var(--accent); }
.key.open { background: var(--open); }
.key.held { background: repeating-linear-gradient(45deg, var(--accent) 0 3px, #c9d6e4 3px 6px); }
.receipt { border: 1px solid var(--line); border-left: 4px solid var(--accent); padding: 12px 14px 4px; margin: 10px 0; break-inside: avoid; }
.receipt dl, .seal dl { display: grid; grid-template-columns: max-content 1fr; gap: 2px 14px; margin: 0 0 6px; font-size: 12px; }
.receipt dt, .seal dt { color: var(--quiet); }
.receipt dd, .seal dd { margin: 0; overflow-wrap: anywhere; }
.mark { border-radius: 3px; padding: 1px 6px; font-size: 11px; font-weight: 600; }
.mark.live { background: #e0f0e5; color: #14532d; }
.mark.warn { background: #fbe8d3; color: #7a3b00; }
.seal { background: var(--pale); border: 1px solid var(--line); padding: 14px 16px; break-inside: avoid; }
pre { background: var(--pale); border: 1px solid var(--line); padding: 10px 12px; font-size: 12px; white-space: pre-wrap; overflow-wrap: anywhere; }
@media (min-width: 700px) { .figures { grid-template-columns: repeat(6, 1fr); } }
@media print { .figures { grid-template-columns: repeat(6, 1fr); } .figures dd { font-size: 14pt; }
  body { padding: 0; max-width: none; font-size: 10.5pt; }
  h2 { margin-top: 22px; } h2 + p { break-after: avoid; }
  table { font-size: 8pt; } td code { font-size: 7.5pt; } th, td { padding: 3px 7px 3px 0; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; } }
`;
