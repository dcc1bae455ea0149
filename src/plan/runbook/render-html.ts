/** A runbook as one page of HTML without anything from elsewhere: it prints well, and opens from a stick on a machine without a network. */
import { minute } from './first-minutes.ts';
import { proofText } from './render-text.ts';
import type { Runbook, RunbookSection, RunbookStep } from './runbook.ts';

/** `sha256` is that of the text: what the ledger says. */
export function renderHtml(runbook: Runbook, sha256: string): string {
  const title = escaped(runbook.title);
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${title}</title><style>${STYLE}</style></head><body>
<header><h1>${title}</h1>
<p>As of ${minute(runbook.at)}. SHA-256 of this page’s text, as the ledger has it: <code>${escaped(sha256)}</code></p></header>
${runbook.sections.map(section).join('\n')}
<footer>Tick each box. Write the time beside it. Keep this page with the record of the restore.</footer>
</body></html>
`;
}

function section({ title, says, rows, steps }: RunbookSection, index: number): string {
  const table =
    rows === undefined
      ? ''
      : `<table><thead><tr>${rows.header.map((cell) => `<th>${escaped(cell)}</th>`).join('')}</tr></thead><tbody>${rows.rows
          .map((row) => `<tr>${row.map((cell) => `<td>${escaped(cell)}</td>`).join('')}</tr>`)
          .join('')}</tbody></table>`;
  const paragraphs = says.map((line) => `<p>${escaped(line)}</p>`).join('');
  const articles = steps.map((step, n) => stepHtml(step, `${index + 1}.${n + 1}`)).join('');
  return `<section><h2>${index + 1}. ${escaped(title)}</h2>${paragraphs}${table}${articles}</section>`;
}

function stepHtml(step: RunbookStep, number: string): string {
  const { title, says, commands } = step;
  const look = step.provenAt === null ? 'never' : 'proven';
  const badge = `<span class="${look}">${escaped(proofText(step))}</span>`;
  const lines = commands.length === 0 ? '' : `<pre>${commands.map(escaped).join('\n')}</pre>`;
  const paragraphs = says.map((line) => `<p>${escaped(line)}</p>`).join('');
  const heading = `<h3><span class="box"></span>${number} ${escaped(title)} ${badge}</h3>`;
  return `<article>${heading}${paragraphs}${lines}</article>`;
}

export function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}

const STYLE = `
body{font:15px/1.45 system-ui,sans-serif;max-width:56rem;margin:2rem auto;padding:0 1rem;color:#111;background:#fff}
h1{font-size:1.6rem}h2{font-size:1.2rem;border-bottom:1px solid #999;margin-top:2rem}h3{font-size:1rem;margin-bottom:.2rem}
table{border-collapse:collapse;width:100%}th,td{border:1px solid #999;padding:.25rem .5rem;text-align:left;vertical-align:top}
pre{background:#f2f2f2;border:1px solid #ccc;padding:.5rem;white-space:pre-wrap;overflow-wrap:anywhere}code{overflow-wrap:anywhere}
.box{display:inline-block;width:.8em;height:.8em;border:1.5px solid #111;margin-right:.5em}
.never{color:#fff;background:#a40000;padding:0 .4em;font-weight:700}
.proven{color:#064e06;border:1px solid #064e06;padding:0 .4em}
@media print{body{margin:0;max-width:none;font-size:11pt}section,article{break-inside:avoid-page}h2{break-after:avoid}}
`;
