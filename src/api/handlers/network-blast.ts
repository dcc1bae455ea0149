/** Blast radius: surveyed once for a state, and kept while nothing that it rests on has changed. */
import type { ApiContext } from '#api/context.ts';
import type { Handlers } from '#api/handler.ts';
import { blastView, breachView } from '#api/views/blast.ts';
import type { Viewer } from '#api/views/viewer.ts';
import { viewerAt } from '#api/views/viewer.ts';
import type { State } from '#model/state.ts';
import { MINUTE_MS } from '#model/limits.ts';
import type { BlastRadius, Survey } from '#plan/network/blast/blast-radius.ts';
import { blastRadiusOf, surveyOf } from '#plan/network/blast/blast-radius.ts';
import { chokePoints } from '#plan/network/blast/choke-points.ts';
import type { ChokePoint } from '#plan/network/blast/choke-points.ts';
import { compilePolicy } from '#plan/network/compile-policy.ts';
import { ok } from '#std/refused.ts';

export const networkBlastHandlers = {
  'network-blast': async (context, { caller, input }) => {
    const viewer = await viewerAt(context, caller, input.query.at);
    const { radius, chokes } = wholeOf(surveyedAt(viewer), context);
    return ok(blastView(viewer, radius, chokes));
  },
  'network-breach': async (context, { caller, input }) => {
    const viewer = await viewerAt(context, caller, input.body.at);
    return ok(breachView(viewer, surveyedAt(viewer).survey, input.body.subjects));
  },
} satisfies Handlers;

interface Surveyed {
  readonly survey: Survey;
  whole?: { readonly radius: BlastRadius; readonly chokes: readonly ChokePoint[]; readonly tookMs: number };
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

export function wholeOf(surveyed: Surveyed, { clock }: Pick<ApiContext, 'clock'>): NonNullable<Surveyed['whole']> {
  if (surveyed.whole !== undefined) return surveyed.whole;
  const from = clock.monotonic();
  const [radius, chokes] = [blastRadiusOf(surveyed.survey), chokePoints(surveyed.survey)];
  surveyed.whole = { radius, chokes, tookMs: clock.monotonic() - from };
  return surveyed.whole;
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
