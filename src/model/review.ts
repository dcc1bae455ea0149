/** Access reviews: somebody answerable looks at all standing access on a project and ends what is not needed. */
import type { Asked, CommandOf } from '#model/commands.ts';
import { endEngagement, isOver, liveEngagementsOn, orderCut } from '#model/ending.ts';
import { DAY_MS, REVIEW_EVERY_DAYS } from '#model/limits.ts';
import { withProject } from '#model/project.ts';
import { unknown } from '#model/refusals.ts';
import type { Project, State } from '#model/state.ts';
import { decided, draft } from '#model/transition.ts';
import type { Decided, Deciders, Evolvers } from '#model/transition.ts';
import { refused } from '#std/refused.ts';

export const reviewEvolve = {
  'review.completed': (state, entry) =>
    withProject(state, entry.about.project, (project) => ({ ...project, reviewedAt: entry.at })),
} satisfies Evolvers;

export const reviewDecide = {
  'complete-review': completeReview,
} satisfies Deciders;

/** When the next review of a live project is due. */
export function reviewDueAt(project: Project): number {
  return (project.reviewedAt ?? project.createdAt) + REVIEW_EVERY_DAYS * DAY_MS;
}

function completeReview(state: State, command: CommandOf<'complete-review'>, asked: Asked): Decided {
  const { review, project, ended, cuts } = command;
  if (!state.projects.has(project)) return unknown('project');
  if (cuts.length !== ended.length || new Set(cuts).size !== cuts.length || new Set(ended).size !== ended.length) {
    return refused('cuts-mismatch', 'Each ended engagement needs a cut of its own.', 'Send one new cut id for each.');
  }
  const over = ended.map((id) => state.engagements.get(id));
  if (over.some((engagement) => engagement?.project !== project || isOver(engagement, asked.at))) {
    return refused('review-outdated', 'An engagement ended while you were reviewing.', 'Load the review again.');
  }
  const isEnded = new Set<string>(ended);
  const kept = liveEngagementsOn(state, project, asked.at)
    .map(({ id }) => id)
    .filter((id) => !isEnded.has(id));
  const ends = over.flatMap((engagement, i) => {
    const cut = cuts[i];
    if (engagement === undefined || cut === undefined) return [];
    const scope = { kind: 'engagement', engagement: engagement.id, person: engagement.person, project } as const;
    return [
      endEngagement(asked, engagement, 'button', cut, 'access review'),
      orderCut(asked, cut, scope, 'button', project),
    ];
  });
  return decided(draft(asked, 'review.completed', project, { project }, { review, kept, ended }), ends);
}
