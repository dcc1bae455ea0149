/** Who had access, how it ended, and what the gates said when it ended. */
import type { CutView } from '../project-view.ts';
import type { Engagement, Facts } from './facts.ts';
import { renderTimeline } from './timeline.ts';
import { because, escape, plural, span, table, utc, utcMinute } from './text.ts';

export function renderAccess(facts: Facts): string {
  const rows = facts.engagements.map((engagement) => [
    `<strong>${facts.person(engagement.person)}</strong>`,
    escape(facts.role(engagement.role)),
    utcMinute(engagement.from),
    endOf(engagement),
    facts.person(engagement.givenBy),
    how(facts, engagement),
  ]);
  return `${renderTimeline(facts)}
<p class="legend"><span class="key ended"></span> ended <span class="key open"></span> still running at the seal
<span class="key held"></span> held while the person was suspended</p>
${table(['Person', 'Role', 'From', 'Until', 'Given by', 'How it ended'], rows, 'Nobody had access to this project in this time.')}`;
}

function endOf(engagement: Engagement): string {
  const planned = utcMinute(engagement.until);
  if (engagement.ended === undefined || engagement.ended.at >= engagement.until) return planned;
  return `${utcMinute(engagement.ended.at)}<br><span class="quiet">planned ${planned}</span>`;
}

function how(facts: Facts, engagement: Engagement): string {
  const { ended } = engagement;
  if (ended !== undefined) return `${escape(because(ended.because))}, ${facts.person(ended.by)}`;
  if (engagement.over <= facts.until) return 'reached its end';
  return engagement.held ? '<span class="mark warn">held</span>' : '<span class="mark live">running</span>';
}

/** MPA OR-3.2: for each ended engagement the date, the administrator's sign-off, and a receipt per gate. */
export function renderOffboarding(facts: Facts): string {
  const ended = facts.engagements.filter(({ ended: end }) => end !== undefined && end.at >= facts.from);
  if (ended.length === 0) return '<p class="empty">No engagement was ended in this time.</p>';
  return ended.map((engagement) => offboarded(facts, engagement)).join('\n');
}

function offboarded(facts: Facts, engagement: Engagement): string {
  const { ended } = engagement;
  if (ended === undefined) return '';
  const cut = ended.cut === undefined ? undefined : facts.cuts.get(ended.cut);
  return `<div class="receipt"><h3>${facts.person(engagement.person)} · ${escape(facts.role(engagement.role))}</h3>
<dl><dt>Date</dt><dd>${utc(ended.at)} UTC</dd><dt>Signed off by</dt><dd>${facts.person(ended.by)}</dd>
<dt>Reason</dt><dd>${why(facts, ended.because, ended.cut)}</dd>
<dt>Order</dt><dd>${ended.cut === undefined ? 'none' : `<code>${escape(ended.cut)}</code>`}</dd></dl>
${receipts(cut)}</div>`;
}

/** Cuts that ended no engagement here: of sessions, credentials or the whole project. */
export function renderOtherCuts(facts: Facts): string {
  const named = new Set(facts.engagements.map(({ ended }) => ended?.cut));
  const others = [...facts.cuts].filter(([id]) => !named.has(id));
  if (others.length === 0) return '<p class="empty">No other cut was ordered in this time.</p>';
  return others
    .map(
      ([id, cut]) => `<div class="receipt"><h3>${scopeHtml(facts, cut)}</h3>
<dl><dt>Ordered</dt><dd>${utc(cut.orderedAt)} UTC</dd><dt>By</dt><dd>${facts.person(cut.orderedBy)}</dd>
<dt>Reason</dt><dd>${why(facts, cut.because, id)}</dd><dt>Order</dt><dd><code>${escape(id)}</code></dd></dl>
${receipts(cut)}</div>`,
    )
    .join('\n');
}

/** What ended it, and what was typed when it was ordered. */
function why(facts: Facts, what: string, cut: string | undefined): string {
  const typed = cut === undefined ? undefined : facts.reasons.get(cut);
  return typed === undefined ? escape(because(what)) : `${escape(because(what))}: “${escape(typed)}”`;
}

function scopeHtml(facts: Facts, { scope }: CutView): string {
  switch (scope.kind) {
    case 'project':
      return 'Everybody on the project';
    case 'person':
      return `Everything of ${facts.person(scope.person)}`;
    case 'engagement':
      return `An engagement of ${facts.person(scope.person)}`;
    case 'credential':
      return `A credential of ${facts.person(scope.person)}`;
    case 'session':
      return 'One session';
    case 'host':
      return 'Everything from one machine';
  }
}

function receipts(cut: CutView | undefined): string {
  const rows = (cut?.receipts ?? []).map(({ gate, sessionCount, ms, lastByteAt, probe, recordedAt }) => [
    escape(gate),
    plural(sessionCount, 'session', 'sessions'),
    lastByteAt === undefined ? 'no byte was moving' : `${utc(lastByteAt)}`,
    span(ms),
    probe.bytesStopped && probe.accessRefused
      ? `<span class="mark live">proven</span> bytes stopped, access refused${ruleOf(probe)}, watched ${span(probe.watchedMs)}`
      : `<span class="mark warn">not proven</span> bytes stopped: ${yes(probe.bytesStopped)}, access refused: ${yes(probe.accessRefused)}`,
    utc(recordedAt),
  ]);
  return table(
    ['Gate', 'Ended', 'Last byte (UTC)', 'Took#', 'Probe', 'Recorded (UTC)'],
    rows,
    'No gate has sent a receipt for this order.',
  );
}

function ruleOf({ rule }: CutView['receipts'][number]['probe']): string {
  return rule === undefined ? '' : ` (${escape(rule)})`;
}

function yes(value: boolean): string {
  return value ? 'yes' : 'no';
}
