/** The proven entries, read once into what the sections of the report show. */
import type { EntryKind, EntryOf, Placed } from '#model/events.ts';
import type { CutView, EngagementView } from '../project-view.ts';
import type { ReportInput } from './input.ts';
import { escape } from './text.ts';

export interface Facts {
  readonly input: ReportInput;
  readonly facility: string;
  readonly timeZone: string;
  /** What the range covers; open ends filled in. */
  readonly from: number;
  readonly until: number;
  /** Entries of the project within the range. */
  readonly within: readonly Placed[];
  /** Engagements whose time touches the range, in order of their beginning. */
  readonly engagements: readonly Engagement[];
  /** Ordered within the range: the project's own cuts, and cuts of a person that ended an engagement here. */
  readonly cuts: ReadonlyMap<string, CutView>;
  /** What was typed as the reason of a cut. */
  readonly reasons: ReadonlyMap<string, string>;
  /** HTML of a person's name, or of what is known when it was erased. */
  person(id: string | undefined): string;
  role(id: string): string;
}

export interface Engagement extends EngagementView {
  readonly id: string;
  /** When access was really over, or will be. */
  readonly over: number;
  readonly holds: readonly { readonly from: number; readonly until: number }[];
}

export function readFacts(input: ReportInput): Facts {
  const created = only(input.support, 'facility.created')[0];
  const roles = new Map(only(input.support, 'role.defined').map(({ about, data }) => [String(about.role), data.title]));
  const from = input.from ?? input.end.project?.createdAt ?? 0;
  const until = input.until ?? input.seal.headsAt;
  const within = input.placed.filter(
    ({ entry }) => entry.at >= from && (input.until === null || entry.at < input.until),
  );
  return {
    input,
    from,
    until,
    within,
    facility: created?.data.name ?? input.seal.origin,
    timeZone: created?.data.timeZone ?? 'UTC',
    engagements: engagementsWithin(input, from, until),
    cuts: cutsWithin(input, from),
    reasons: reasonsOf(input),
    person: (id) => personHtml(input, id),
    role: (id) => roles.get(id) ?? id,
  };
}

export function only<K extends EntryKind>(placed: readonly Placed[], kind: K): readonly EntryOf<K>[] {
  return placed.flatMap(({ entry }) => (entry.kind === kind ? [entry as unknown as EntryOf<K>] : [])); // its kind was just compared
}

function engagementsWithin(input: ReportInput, from: number, until: number): readonly Engagement[] {
  return Object.entries(input.end.engagements)
    .map(([id, view]) => ({
      ...view,
      id,
      over: Math.min(view.ended?.at ?? view.until, view.until),
      holds: holdsOf(input, id, until),
    }))
    .filter((engagement) => engagement.over > from && engagement.givenAt <= until)
    .sort((a, b) => a.from - b.from || (a.id < b.id ? -1 : 1));
}

function holdsOf(input: ReportInput, id: string, end: number): Engagement['holds'] {
  const holds: { from: number; until: number }[] = [];
  for (const { entry } of input.placed) {
    if (entry.about.engagement !== id) continue;
    if (entry.kind === 'engagement.held') holds.push({ from: entry.at, until: end });
    const open = holds.at(-1);
    if ((entry.kind === 'engagement.released' || entry.kind === 'engagement.ended') && open?.until === end)
      open.until = entry.at;
  }
  return holds;
}

function cutsWithin(input: ReportInput, from: number): ReadonlyMap<string, CutView> {
  const cuts = new Map(Object.entries(input.end.cuts));
  for (const { entry } of input.support) {
    const { cut } = entry.about;
    if (cut === undefined || (input.until !== null && entry.at >= input.until)) continue;
    if (entry.kind === 'cut.ordered') {
      const { scope, because } = entry.data;
      cuts.set(cut, {
        scope,
        because,
        orderedAt: entry.at,
        orderedBy: entry.by.person ?? entry.by.service,
        receipts: [],
      });
    }
    if (entry.kind === 'cut.receipt') cuts.get(cut)?.receipts.push({ ...entry.data, recordedAt: entry.at });
  }
  return new Map(
    [...cuts]
      .filter(([, cut]) => cut.orderedAt >= from)
      .sort(([a, x], [b, y]) => x.orderedAt - y.orderedAt || (a < b ? -1 : 1)),
  );
}

function reasonsOf({ placed, support }: ReportInput): Facts['reasons'] {
  const reasons = new Map<string, string>();
  for (const { entry } of [...placed, ...support]) {
    if (entry.kind !== 'cut.ordered' || entry.about.cut === undefined) continue;
    if (entry.data.reason !== undefined) reasons.set(entry.about.cut, entry.data.reason);
  }
  return reasons;
}

function personHtml(input: ReportInput, id: string | undefined): string {
  if (id === undefined) return '<span class="quiet">nobody known</span>';
  const name = input.names[id];
  if (name !== undefined) return escape(name);
  return id.startsWith('per_')
    ? `<span class="quiet">erased person</span> <code>${escape(id.slice(-6))}</code>`
    : `<span class="quiet">${escape(id)}</span>`;
}
