/**
 * What a project's entries add up to: the state that a bundle shows at both ends of its range.
 *
 * The fold sees the project's own stream and nothing else, so an assessor can repeat it. The verifier
 * (ledger/verifier/verify.mjs) holds the same fold in plain JavaScript; a test keeps the two equal, and equal to `State`.
 */
import type { Because, CutScope, DataOf, Entry, EntryOf, EntryKind, Gate, Hours, Placed } from '#model/events.ts';
import type { Json } from '#std/canonical.ts';
import { canonical } from '#std/canonical.ts';

export interface EngagementView {
  readonly person: string | undefined;
  readonly role: string;
  readonly from: number;
  until: number;
  readonly hours: Hours | undefined;
  readonly zones: readonly string[] | undefined;
  readonly givenAt: number;
  readonly givenBy: string | undefined;
  held: boolean;
  ended?: {
    readonly at: number;
    readonly because: Because;
    readonly by: string | undefined;
    readonly cut: string | undefined;
  };
}

export interface RequestView {
  readonly person: string | undefined;
  readonly ask: 'access' | 'more-time';
  readonly role: string | undefined;
  readonly until: number;
  readonly madeAt: number;
  state: 'open' | 'granted' | 'declined' | 'withdrawn';
  decidedBy?: string | undefined;
}

export interface SessionView {
  readonly person: string | undefined;
  readonly engagement: string | undefined;
  readonly gate: Gate;
  readonly openedAt: number;
  until: number;
}

export interface CutView {
  readonly scope: CutScope;
  readonly because: Because;
  readonly orderedAt: number;
  readonly orderedBy: string | undefined;
  readonly receipts: (Pick<DataOf<'cut.receipt'>, 'gate' | 'sessionCount' | 'ms' | 'lastByteAt' | 'probe'> & {
    readonly recordedAt: number;
  })[];
}

export interface ProjectState {
  readonly id: string | undefined;
  readonly alias: string;
  readonly level: 'standard' | 'high-security';
  readonly owner: string;
  readonly streamNumber: number;
  readonly createdAt: number;
  standing: 'live' | 'wrapped' | 'locked';
  standingSince: number;
  folders: readonly string[];
  reviewedAt?: number;
}

export interface FileTotals {
  readsOpened: number;
  bytesRead: number;
  bytesWritten: number;
  accepted: number;
  bytesAccepted: number;
  setAside: number;
  moved: number;
  binned: number;
  unbinned: number;
  purged: number;
}

/** Mutable only inside the fold below. */
export interface ProjectView {
  /** Exclusive end of what was folded; null for everything. */
  readonly at: number | null;
  entries: number;
  project: ProjectState | null;
  readonly engagements: Record<string, EngagementView>;
  readonly requests: Record<string, RequestView>;
  /** Open ones only. */
  readonly sessions: Record<string, SessionView>;
  readonly cuts: Record<string, CutView>;
  refusals: number;
  readonly files: FileTotals;
}

type Step<K extends EntryKind> = (view: ProjectView, entry: EntryOf<K>) => void;
type Steps = { readonly [K in EntryKind]?: Step<K> };

/** The project as its entries before `until` add up to it. `placed` is the whole stream from number 1. */
export function projectView(placed: readonly Placed[], until: number | null): ProjectView {
  const view = emptyView(until);
  for (const { entry } of placed) {
    if (until !== null && entry.at >= until) break;
    view.entries += 1;
    const step = STEPS[entry.kind] as ((view: ProjectView, entry: Entry) => void) | undefined; // the table is keyed by the kind it takes
    step?.(view, entry);
  }
  return view;
}

/** One canonical line: what stands in `state/start.json` and `state/end.json`. */
export function renderProjectView(view: ProjectView): string {
  return `${canonical(view as unknown as Json)}\n`; // plain data; absent members are undefined, which canonical() leaves out
}

function emptyView(at: number | null): ProjectView {
  return {
    at,
    entries: 0,
    project: null,
    engagements: {},
    requests: {},
    sessions: {},
    cuts: {},
    refusals: 0,
    files: {
      readsOpened: 0,
      bytesRead: 0,
      bytesWritten: 0,
      accepted: 0,
      bytesAccepted: 0,
      setAside: 0,
      moved: 0,
      binned: 0,
      unbinned: 0,
      purged: 0,
    },
  };
}

function actor(entry: Entry): string | undefined {
  return entry.by.person ?? entry.by.service;
}

function change<Item>(items: Record<string, Item>, id: string | undefined, how: (item: Item) => void): void {
  const item = id === undefined ? undefined : items[id];
  if (item !== undefined) how(item);
}

const projectSteps: Steps = {
  'project.created': (view, { about, data, at }) => {
    const { alias, level, owner, streamNumber } = data;
    view.project = {
      id: about.project,
      alias,
      level,
      owner,
      streamNumber,
      createdAt: at,
      standing: 'live',
      standingSince: at,
      folders: [],
    };
  },
  'workspace.created': (view, { data }) => {
    if (view.project !== null) view.project.folders = data.folders;
  },
  'project.wrapped': (view, { at }) => stand(view, 'wrapped', at),
  'project.locked': (view, { at }) => stand(view, 'locked', at),
  'project.reopened': (view, { at }) => stand(view, 'live', at),
  'review.completed': (view, { at }) => {
    if (view.project !== null) view.project.reviewedAt = at;
  },
};

function stand(view: ProjectView, standing: ProjectState['standing'], at: number): void {
  if (view.project === null) return;
  view.project.standing = standing;
  view.project.standingSince = at;
}

const engagementSteps: Steps = {
  'engagement.given': (view, entry) => {
    const { role, from, until, hours, zones } = entry.data;
    const { engagement, person } = entry.about;
    if (engagement === undefined) return;
    view.engagements[engagement] = {
      person,
      role,
      from,
      until,
      hours,
      zones,
      givenAt: entry.at,
      givenBy: actor(entry),
      held: false,
    };
  },
  'engagement.extended': (view, { about, data }) =>
    change(view.engagements, about.engagement, (engagement) => void (engagement.until = data.until)),
  'engagement.ended': (view, entry) =>
    change(view.engagements, entry.about.engagement, (engagement) => {
      engagement.ended = { at: entry.at, because: entry.data.because, by: actor(entry), cut: entry.about.cut };
    }),
  'engagement.held': (view, { about }) =>
    change(view.engagements, about.engagement, (engagement) => void (engagement.held = true)),
  'engagement.released': (view, { about }) =>
    change(view.engagements, about.engagement, (engagement) => void (engagement.held = false)),
  'request.made': (view, { about, data, at }) => {
    const { ask, role, until } = data;
    if (about.request !== undefined)
      view.requests[about.request] = { person: about.person, ask, role, until, madeAt: at, state: 'open' };
  },
  'request.decided': (view, entry) =>
    change(view.requests, entry.about.request, (request) => {
      request.state = entry.data.granted ? 'granted' : 'declined';
      request.decidedBy = actor(entry);
    }),
  'request.withdrawn': (view, { about }) =>
    change(view.requests, about.request, (request) => void (request.state = 'withdrawn')),
};

const sessionSteps: Steps = {
  'session.opened': (view, { about, data, at }) => {
    if (about.session === undefined) return;
    view.sessions[about.session] = {
      person: about.person,
      engagement: about.engagement,
      gate: data.gate,
      openedAt: at,
      until: data.until,
    };
  },
  'session.renewed': (view, { about, data }) =>
    change(view.sessions, about.session, (session) => void (session.until = data.until)),
  'session.closed': (view, { about }) => {
    if (about.session !== undefined) delete view.sessions[about.session];
  },
  'cut.ordered': (view, entry) => {
    const { scope, because } = entry.data;
    const { cut } = entry.about;
    if (cut !== undefined)
      view.cuts[cut] = { scope, because, orderedAt: entry.at, orderedBy: actor(entry), receipts: [] };
  },
  'cut.receipt': (view, { about, data, at }) => {
    const { gate, sessionCount, ms, lastByteAt, probe } = data;
    // The optional member stays absent when it is absent: canonical() leaves undefined out.
    change(view.cuts, about.cut, (cut) =>
      cut.receipts.push({ gate, sessionCount, ms, lastByteAt, probe, recordedAt: at }),
    );
  },
};

const fileSteps: Steps = {
  'file.read-opened': ({ files }) => void (files.readsOpened += 1),
  'file.read-closed': ({ files }, { data }) => void (files.bytesRead += data.bytes),
  'file.write-closed': ({ files }, { data }) => void (files.bytesWritten += data.bytes),
  'file.accepted': ({ files }, { data }) => {
    files.accepted += 1;
    files.bytesAccepted += data.sizeBytes;
  },
  'file.set-aside': ({ files }) => void (files.setAside += 1),
  'file.moved': ({ files }) => void (files.moved += 1),
  'file.binned': ({ files }) => void (files.binned += 1),
  'file.unbinned': ({ files }) => void (files.unbinned += 1),
  'file.purged': ({ files }) => void (files.purged += 1),
  'access.refused': (view) => void (view.refusals += 1),
};

const STEPS: Steps = { ...projectSteps, ...engagementSteps, ...sessionSteps, ...fileSteps };
