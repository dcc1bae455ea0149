/**
 * What is to be told outside, as a part of the state: each matter with the ledger's index of the entry that made it so, and each way with the index up to
 * which it has told everything. So nothing is lost over a restart, and what waits has a bound. A matter that comes again is told again after six hours at the
 * earliest; meanwhile it is counted.
 */
import { matterOf, TOLD_KINDS } from '#model/alert-matters.ts';
import type { ToldKind } from '#model/alert-matters.ts';
import type { AlertWay } from '#model/alert-events.ts';
import type { About, EntryKind, Placed } from '#model/events.ts';
import { HOUR_MS } from '#model/limits.ts';
import { alreadyDone } from '#model/refusals.ts';
import type { StandingTroubles } from '#model/standing-troubles.ts';
import type { State } from '#model/state.ts';
import { decided, draft } from '#model/transition.ts';
import type { Deciders, Evolvers } from '#model/transition.ts';
import { refused } from '#std/refused.ts';
import type { Refused } from '#std/refused.ts';
import { Map as PMap } from 'immutable';

export const ALERT_AGAIN_MS = 6 * HOUR_MS;
/** Matters that are remembered, told and untold. */
export const MATTERS_MAX = 300;

export interface Matter {
  readonly key: string;
  readonly kind: ToldKind;
  readonly about: Pick<About, 'project' | 'vault' | 'person' | 'engagement'>;
  readonly detail?: string | number;
  /** When it was last to be told, and the entry that it was told for. */
  readonly at: number;
  readonly index: number;
  readonly firstAt: number;
  readonly times: number;
}

export interface WayOut {
  readonly way: AlertWay;
  readonly to: string;
  readonly upTo: number;
  readonly sentAt?: number;
  /** Since when, and the newest try that is on record. */
  readonly failing?: { readonly since: number; readonly at: number; readonly tries: number; readonly code: string };
}

export interface Alerts {
  readonly ways: PMap<AlertWay, WayOut>;
  readonly matters: PMap<string, Matter>;
  /** Matters that were forgotten untold since the last that were told. */
  readonly dropped: number;
  /** Troubles that were told and stand. */
  readonly troubles?: StandingTroubles;
}

export const noAlerts: Alerts = { ways: PMap(), matters: PMap(), dropped: 0 };

/** Untold by this way, oldest first. */
export function waitingFor({ ways, matters }: Alerts, way: AlertWay): readonly Matter[] {
  const upTo = ways.get(way)?.upTo ?? Infinity;
  return [...matters.values()].filter(({ index }) => index > upTo).sort((a, b) => a.index - b.index);
}

/** Each way as people see it. */
export function waysShown(alerts: Alerts) {
  return [...alerts.ways.values()].map((known) => {
    const { upTo: _, ...way } = known;
    return { ...way, waiting: waitingFor(alerts, way.way).length };
  });
}

/** Without a way out nothing is kept: whoever sets one up later is not told of last year. */
export function noteMatter(state: State, { index, entry }: Placed): State {
  const { alerts } = state;
  const told = alerts.ways.isEmpty() || !isTold(entry.kind) ? undefined : matterOf(entry, index);
  if (told === undefined || !isTold(entry.kind)) return state;
  const before = alerts.matters.get(told.key);
  // A trouble is on record once for each time that it stands, and so rarely that none is passed over; one that doubled is news.
  const isNews = entry.kind === 'backup.trouble' || hasGrown(before?.detail, told.detail);
  const isAgain = before !== undefined && !isNews && entry.at - before.at < ALERT_AGAIN_MS;
  const { project, vault, person, engagement } = entry.about;
  const about = Object.fromEntries(
    Object.entries({ project, vault, person, engagement }).filter(([, id]) => id !== undefined),
  );
  const fresh = {
    key: told.key,
    kind: entry.kind,
    about,
    ...(told.detail === undefined ? {} : { detail: told.detail }),
  };
  const { firstAt = entry.at, times = 0 } = before ?? {};
  const matter: Matter = isAgain
    ? { ...before, times: times + 1 }
    : { ...fresh, at: entry.at, index, firstAt, times: times + 1 };
  return { ...state, alerts: bounded({ ...alerts, matters: alerts.matters.set(told.key, matter) }) };
}

/** Twice as many as were told. */
function hasGrown(before: string | number | undefined, now: string | number | undefined): boolean {
  return typeof now === 'number' && typeof before === 'number' && now >= 2 * before;
}

function isTold(kind: EntryKind): kind is ToldKind {
  return (TOLD_KINDS as readonly EntryKind[]).includes(kind);
}

/** The oldest goes; those that everybody was told of first. */
function bounded(alerts: Alerts): Alerts {
  const { matters, ways, dropped } = alerts;
  if (matters.size <= MATTERS_MAX) return alerts;
  const toldUpTo = Math.min(...[...ways.values()].map(({ upTo }) => upTo));
  const byAge = [...matters.values()].sort((a, b) => a.index - b.index);
  const [oldest] = byAge; // an older one is told no later than a younger one
  if (oldest === undefined) return alerts;
  return { ...alerts, matters: matters.delete(oldest.key), dropped: dropped + (oldest.index > toldUpTo ? 1 : 0) };
}

function withWay(state: State, way: AlertWay, change: (known: WayOut) => WayOut): State {
  const known = state.alerts.ways.get(way);
  if (known === undefined) return state;
  return { ...state, alerts: { ...state.alerts, ways: state.alerts.ways.set(way, change(known)) } };
}

export const alertEvolve = {
  'alert.ways-set': (state, { data }, index) => {
    const ways = PMap(
      data.ways.map(({ way, to }) => {
        const known = state.alerts.ways.get(way);
        return [way, known?.to === to ? known : { way, to, upTo: known?.upTo ?? index }];
      }),
    );
    return { ...state, alerts: ways.isEmpty() ? noAlerts : { ...state.alerts, ways } };
  },
  /** It is a matter like others: `noteMatter` keeps it. */
  'alert.test-asked': (state) => state,
  'alert.sent': (state, { data, at }) => {
    const next = withWay(state, data.way, ({ way, to, upTo }) => ({
      way,
      to,
      upTo: Math.max(upTo, data.upTo),
      sentAt: at,
    }));
    const dropped = Math.max(0, next.alerts.dropped - data.dropped);
    return { ...next, alerts: { ...next.alerts, dropped } };
  },
  'alert.failed': (state, { data, at }) =>
    withWay(state, data.way, (known) => {
      const { code, tries } = data;
      return { ...known, failing: { since: known.failing?.since ?? at, at, tries, code } };
    }),
} satisfies Evolvers;

function notThisWay(): Refused {
  return refused('no-alert-way', 'Alerts do not go this way.', 'Start with --alert-command or --alert-webhook.');
}

export const alertDecide = {
  'set-alert-ways': (state, { ways }, asked) => {
    const told = (of: readonly { readonly way: AlertWay; readonly to: string }[]) =>
      [...of]
        .map(({ way, to }) => `${way} ${to}`)
        .sort()
        .join('\n');
    if (told(ways) === told([...state.alerts.ways.values()])) return alreadyDone('Alerts go these ways already.');
    if (new Set(ways.map(({ way }) => way)).size < ways.length)
      return refused('one-of-each', 'There is one command and one webhook at most.', 'Give each way once.');
    return decided(draft(asked, 'alert.ways-set', 'facility', {}, { ways }));
  },
  'test-alert': (state, _, asked) => {
    if (state.alerts.ways.isEmpty())
      return refused('no-alert-way', 'Alerts have no way out yet.', 'Start with --alert-command or --alert-webhook.');
    return decided(draft(asked, 'alert.test-asked', 'facility', {}, {}));
  },
  'record-alert-sent': (state, command, asked) => {
    const { kind: _, ...data } = command;
    const known = state.alerts.ways.get(data.way);
    if (known === undefined) return notThisWay();
    if (data.upTo <= known.upTo) return alreadyDone('This was told already.');
    return decided(draft(asked, 'alert.sent', 'facility', {}, data));
  },
  'record-alert-failure': (state, command, asked) => {
    const { kind: _, ...data } = command;
    if (!state.alerts.ways.has(data.way)) return notThisWay();
    return decided(draft(asked, 'alert.failed', 'facility', {}, data));
  },
} satisfies Deciders;
