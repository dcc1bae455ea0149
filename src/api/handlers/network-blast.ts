/** Blast radius: surveyed once for a state, and kept while nothing that it rests on has changed. */
import type { ApiContext } from '#api/context.ts';
import type { Handlers } from '#api/handler.ts';
import { blastView, breachView } from '#api/views/blast.ts';
import type { Viewer } from '#api/views/viewer.ts';
import { viewerAt } from '#api/views/viewer.ts';
import type { State } from '#model/state.ts';
import { MINUTE_MS } from '#model/limits.ts';
import type { BlastRadius, Survey } from '#plan/network/blast/blast-radius.ts';
import { blastSteps, surveyOf } from '#plan/network/blast/blast-radius.ts';
import { chokePoints } from '#plan/network/blast/choke-points.ts';
import type { ChokePoint } from '#plan/network/blast/choke-points.ts';
import { compilePolicy } from '#plan/network/compile-policy.ts';
import { ok } from '#std/refused.ts';

export const networkBlastHandlers = {
  'network-blast': async (context, { caller, input }) => {
    const viewer = await viewerAt(context, caller, input.query.at);
    const { radius, chokes } = await wholeOf(surveyedAt(viewer), context);
    return ok(blastView(viewer, radius, chokes));
  },
  'network-breach': async (context, { caller, input }) => {
    const viewer = await viewerAt(context, caller, input.body.at);
    return ok(breachView(viewer, surveyedAt(viewer).survey, input.body.subjects));
  },
} satisfies Handlers;

interface Surveyed {
  readonly survey: Survey;
  /** One at a time: whoever asks meanwhile waits for the same answer. */
  working?: Promise<Whole>;
  whole?: Whole;
}

interface Whole {
  readonly radius: BlastRadius;
  readonly chokes: readonly ChokePoint[];
  readonly tookMs: number;
}

/** A survey tells of an instant; for so long it may stand for a later one. */
const KEPT_MS = MINUTE_MS;
/** A survey that took longer than this is not made anew for each session that comes or goes. */
const SLOW_MS = 150;
/** The newest survey for each list of hosts; a changed list has its own. */
const surveys = new WeakMap<State['hosts'], Surveyed>();

export function surveyedAt({ state, at }: Pick<Viewer, 'state' | 'at'>): Surveyed {
  const known = surveys.get(state.hosts);
  if (known !== undefined && stillStands(known, state, at)) return known;
  const surveyed = { survey: surveyOf(state, compilePolicy(state, at), at) };
  surveys.set(state.hosts, surveyed);
  return surveyed;
}

/** Other requests are served between the slices. */
const SLICE_MS = 20;

export async function wholeOf(surveyed: Surveyed, { clock }: Pick<ApiContext, 'clock'>): Promise<Whole> {
  if (surveyed.whole !== undefined) return surveyed.whole;
  surveyed.working ??= surveyInSlices(surveyed.survey, clock).finally(() => delete surveyed.working);
  surveyed.whole ??= await surveyed.working;
  return surveyed.whole;
}

async function surveyInSlices(survey: Survey, clock: ApiContext['clock']): Promise<Whole> {
  const steps = blastSteps(survey);
  let tookMs = 0;
  for (let from = clock.monotonic(); ;) {
    const { done, value } = steps.next();
    const spent = clock.monotonic() - from;
    if (done !== true && spent < SLICE_MS) continue;
    tookMs += spent;
    await new Promise((resolve) => setTimeout(resolve, 0));
    from = clock.monotonic();
    if (done !== true) continue;
    const chokes = chokePoints(survey);
    return { radius: value, chokes, tookMs: tookMs + clock.monotonic() - from };
  }
}

/** Everything else that a survey reads of a state: what people decide, and what comes and goes by itself. */
const DECIDED = ['zones', 'roles', 'projects', 'engagements', 'exceptions'] as const;
const DECIDED_OF_NETWORK = ['services', 'flows', 'exposures', 'quarantines'] as const;
const PASSING = ['people', 'credentials', 'sessions'] as const;

function stillStands({ survey, whole }: Surveyed, state: State, at: number): boolean {
  const then = survey.state;
  const isSame =
    DECIDED.every((part) => then[part] === state[part]) &&
    DECIDED_OF_NETWORK.every((part) => then.network[part] === state.network[part]);
  if (!isSame || at < survey.at || at >= survey.at + KEPT_MS) return false;
  if (whole !== undefined && whole.tookMs > SLOW_MS) return true;
  return PASSING.every((part) => then[part] === state[part]) && then.network.paths === state.network.paths;
}
