/** Blast radius: surveyed once for a state, and kept while nothing that it rests on has changed. */
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
    const { radius, chokes } = wholeOf(surveyedAt(viewer));
    return ok(blastView(viewer, radius, chokes));
  },
  'network-breach': async (context, { caller, input }) => {
    const viewer = await viewerAt(context, caller, input.body.at);
    return ok(breachView(viewer, surveyedAt(viewer).survey, input.body.subjects));
  },
} satisfies Handlers;

interface Surveyed {
  readonly survey: Survey;
  whole?: { readonly radius: BlastRadius; readonly chokes: readonly ChokePoint[] };
}

/** A survey tells of an instant; for so long it may stand for a later one. */
const KEPT_MS = MINUTE_MS;
/** The newest survey for each list of hosts; a changed list has its own. */
const surveys = new WeakMap<State['hosts'], Surveyed>();

export function surveyedAt({ state, at }: Viewer): Surveyed {
  const known = surveys.get(state.hosts);
  if (known !== undefined && isSame(known.survey, state, at)) return known;
  const surveyed = { survey: surveyOf(state, compilePolicy(state, at), at) };
  surveys.set(state.hosts, surveyed);
  return surveyed;
}

export function wholeOf(surveyed: Surveyed): NonNullable<Surveyed['whole']> {
  surveyed.whole ??= { radius: blastRadiusOf(surveyed.survey), chokes: chokePoints(surveyed.survey) };
  return surveyed.whole;
}

/** Everything that a survey reads of a state. */
const PARTS = ['zones', 'roles', 'people', 'credentials', 'projects', 'engagements', 'exceptions', 'sessions'] as const;
const NETWORK_PARTS = ['services', 'flows', 'exposures', 'paths', 'quarantines'] as const;

function isSame({ state: then, at: thenAt }: Survey, state: State, at: number): boolean {
  return (
    at >= thenAt &&
    at < thenAt + KEPT_MS &&
    PARTS.every((part) => then[part] === state[part]) &&
    NETWORK_PARTS.every((part) => then.network[part] === state.network[part])
  );
}
