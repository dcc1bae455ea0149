/** The report: one HTML file without script, outside links or fonts, rendered from proven entries only. */
import { renderAccess, renderOffboarding, renderOtherCuts } from './access.ts';
import { renderBackups } from './backups.ts';
import { renderFileList, renderRefusals, renderTotals } from './activity.ts';
import type { Facts } from './facts.ts';
import { readFacts } from './facts.ts';
import type { ReportInput } from './input.ts';
import { STYLE } from './style.ts';
import { count, escape, size, table, utc } from './text.ts';

export { renderReadme } from './readme.ts';

export function renderReport(input: ReportInput): string {
  const facts = readFacts(input);
  const alias = input.end.project?.alias ?? input.project;
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escape(alias)}: access and activity</title><style>${STYLE}</style></head>
<body>
<header><div class="kicker">${escape(facts.facility)} · evidence report</div><h1>${escape(alias)}</h1>
<p>Who had access to this project and what was done with its files, ${utc(facts.from)} to ${utc(facts.until)} UTC.
Every line below comes from an entry of the facility's ledger and can be verified offline with the file
<code>verify.mjs</code> in this bundle.</p></header>
${figures(facts)}
${section(1, 'Who had access, and when', renderAccess(facts))}
${section(2, 'Off-boarding receipts', OFFBOARDING + renderOffboarding(facts))}
${section(3, 'Other cuts', renderOtherCuts(facts))}
${section(4, 'File activity by person', renderTotals(facts))}
${section(5, 'Refusals', renderRefusals(facts))}
${section(6, 'Decisions on access', decisions(facts))}
${section(7, 'File activity in full', renderFileList(facts))}
${section(8, 'Backups, and restores that were proved', renderBackups(facts))}
${section(9, 'What proves this, and how to check it', proof(facts))}
</body></html>
`;
}

const OFFBOARDING =
  '<p class="quiet">For each engagement that was ended: when, signed off by whom, and what each gate measured ' +
  '(MPA Content Security Best Practices, OR-3.2).</p>';

function section(number: number, title: string, body: string): string {
  return `<section><h2><span class="number">${number}</span>${escape(title)}</h2>\n${body}</section>`;
}

function figures({ engagements, cuts, input, within, until }: Facts): string {
  const people = new Set(engagements.map(({ person }) => person)).size;
  const running = engagements.filter(({ ended, over }) => ended === undefined && over > until).length;
  const receipts = [...cuts.values()].flatMap((cut) => cut.receipts);
  const proven = receipts.filter(({ probe }) => probe.bytesStopped && probe.accessRefused).length;
  const opened = input.start.files;
  const files = input.end.files;
  const refusals = within.filter(
    ({ entry }) => entry.kind === 'access.refused' || entry.kind === 'file.set-aside',
  ).length;
  const shown: readonly (readonly [string, string])[] = [
    ['People with access', count(people)],
    ['Still running', count(running)],
    ['Brought in', size(files.bytesAccepted - opened.bytesAccepted)],
    ['Read', size(files.bytesRead - opened.bytesRead)],
    ['Refusals', count(refusals)],
    ['Receipts proven', `${count(proven)} of ${count(receipts.length)}`],
  ];
  return `<dl class="figures">${shown.map(([name, value]) => `<div><dt>${name}</dt><dd>${value}</dd></div>`).join('')}</dl>`;
}

const DECISIONS: Readonly<Record<string, string>> = {
  'project.created': 'project created',
  'project.locked': 'project locked',
  'project.wrapped': 'project wrapped',
  'project.reopened': 'project reopened',
  'engagement.given': 'engagement given',
  'engagement.extended': 'engagement extended',
  'engagement.ended': 'engagement ended',
  'engagement.held': 'engagement held',
  'engagement.released': 'engagement released',
  'request.made': 'access asked for',
  'request.decided': 'request decided',
  'request.withdrawn': 'request withdrawn',
  'review.completed': 'standing access reviewed',
  'bundle.exported': 'evidence exported',
};

function decisions(facts: Facts): string {
  const rows = facts.within.flatMap(({ index, entry }) => {
    const text = DECISIONS[entry.kind];
    if (text === undefined) return [];
    const reason = 'reason' in entry.data && entry.data.reason !== undefined ? escape(entry.data.reason) : '';
    const about = entry.about.person === undefined ? '' : facts.person(entry.about.person);
    return [[count(index), utc(entry.at), text, about, facts.person(entry.by.person ?? entry.by.service), reason]];
  });
  return table(
    ['Entry#', 'Time (UTC)', 'Decision', 'About', 'By', 'Reason'],
    rows,
    'No decision was taken in this time.',
  );
}

function proof({ input, timeZone }: Facts): string {
  const { seal } = input;
  return `<p>The ledger is a Merkle tree (RFC 6962). The facility signed its size and root;
entry ${count(seal.headsIndex)} of the same tree commits to how many entries
this project has, so none can be left out unnoticed. Times are UTC; the facility's clocks show ${escape(timeZone)}.</p>
<div class="seal"><dl><dt>Ledger</dt><dd>${escape(seal.origin)}</dd>
<dt>Entries in the ledger</dt><dd>${count(seal.size)}</dd><dt>Root</dt><dd><code>${escape(seal.root)}</code></dd>
<dt>Entries of this project</dt><dd>${count(input.placed.length)}, complete up to ${utc(seal.headsAt)} UTC</dd></dl></div>
<p>With Node 20 or newer, on a machine without a network:</p>
<pre>node verify.mjs picturelock-bundle.zip --policy keys-you-trust.txt</pre>
<p>Take <code>verify.mjs</code> and the facility's keys from a source other than this bundle, and compare. The keys that the bundle brings:</p>
<pre>${escape(input.policy)}</pre>
<p>Any Certificate-Transparency style tool can read <code>log/</code> (C2SP tlog-tiles) and <code>proofs/</code> (C2SP tlog-proof).</p>`;
}
