/** Today: what needs a person now, out of what the viewer may see. */
import type { AnswerOf } from '#api/endpoints.ts';
import type { Handlers } from '#api/handler.ts';
import { searchPage } from '#api/handlers/ledger-search.ts';
import { engagementView, requestView } from '#api/views/engagements.ts';
import { personView, recoveryView } from '#api/views/people.ts';
import { cutView, seesCut, sessionView, visibleSessions } from '#api/views/sessions.ts';
import { isLive, viewerAt } from '#api/views/viewer.ts';
import type { Viewer } from '#api/views/viewer.ts';
import { DAY_MS } from '#model/limits.ts';
import { isOpenRecovery } from '#model/open-recovery.ts';
import { ok } from '#std/refused.ts';

type Today = AnswerOf<'today'>;

const SOON_MS = 14 * DAY_MS;
const REVIEW_EVERY_MS = 90 * DAY_MS;
const SHOWN_MAX = 50;
const REFUSED_MAX = 20;

export const todayHandlers = {
  today: async (context, { caller, input }) => {
    const viewer = await viewerAt(context, caller, input.query.at);
    const { state, at } = viewer;
    const people = viewer.may('person.see') ? [...state.people.values()] : [];
    return ok({
      now: at,
      expiring: expiring(viewer),
      rolesEnding: rolesEnding(viewer),
      requests: openRequests(viewer),
      recoveries: viewer.may('recovery.approve')
        ? [...state.recoveries.values()]
            .filter((one) => isOpenRecovery(one, at))
            .map((one) => recoveryView(viewer, one))
        : [],
      refused: await refusedToday(viewer),
      sessions: visibleSessions(viewer)
        .slice(0, SHOWN_MAX)
        .map((session) => sessionView(viewer, session)),
      dormant: people
        .filter(
          (one) => one.standing === 'dormant' || (one.standing === 'active' && one.dormancyWarnedAt !== undefined),
        )
        .map((one) => personView(viewer, one)),
      locked: people
        .filter(({ locked, standing }) => locked && standing === 'active')
        .map((one) => personView(viewer, one)),
      cuts: recentCuts(viewer),
      notices: notices(viewer),
    });
  },
} satisfies Handlers;

function expiring(viewer: Viewer): Today['expiring'] {
  return [...viewer.state.engagements.values()]
    .filter((one) => isLive(one, viewer.at) && one.until < viewer.at + SOON_MS)
    .filter((one) => one.person === viewer.caller.person || viewer.may('engagement.see', { project: one.project }))
    .sort((a, b) => a.until - b.until)
    .slice(0, SHOWN_MAX)
    .map((one) => engagementView(viewer, one));
}

function rolesEnding(viewer: Viewer): Today['rolesEnding'] {
  const soon = viewer.at + SOON_MS;
  const mine = viewer.state.people.filter(({ id }) => id === viewer.caller.person || viewer.may('person.see'));
  return [...mine.values()]
    .filter(({ standing }) => standing === 'active')
    .flatMap((person) => {
      const ending = person.roles.filter(({ until }) => until > viewer.at && until < soon);
      if (ending.length === 0) return [];
      const view = personView(viewer, person);
      return ending.map(({ role, until }) => ({ person: view, role: viewer.role(role), until }));
    })
    .sort((a, b) => a.until - b.until)
    .slice(0, SHOWN_MAX);
}

function openRequests(viewer: Viewer): Today['requests'] {
  return [...viewer.state.requests.values()]
    .filter(
      ({ state, person, project }) =>
        state === 'open' && (person === viewer.caller.person || viewer.may('request.decide', { project })),
    )
    .sort((a, b) => a.madeAt - b.madeAt)
    .slice(0, SHOWN_MAX)
    .map((request) => requestView(viewer, request));
}

async function refusedToday(viewer: Viewer): Promise<Today['refused']> {
  const pages = await Promise.all(
    ['signin.refused', 'access.refused', 'file.set-aside'].map((kind) =>
      searchPage(viewer, { kind, from: viewer.at - DAY_MS, until: viewer.at + 1, limit: REFUSED_MAX }),
    ),
  );
  return pages
    .flatMap((page) => (page.kind === 'ok' ? page.value.entries : []))
    .sort((a, b) => b.index - a.index)
    .slice(0, REFUSED_MAX);
}

function recentCuts(viewer: Viewer): Today['cuts'] {
  return [...viewer.state.cuts.values()]
    .filter((cut) => cut.orderedAt > viewer.at - DAY_MS && seesCut(viewer, cut))
    .sort((a, b) => b.orderedAt - a.orderedAt)
    .slice(0, SHOWN_MAX)
    .map((cut) => cutView(viewer, cut));
}

function notices(viewer: Viewer): Today['notices'] {
  const { state, at } = viewer;
  const found: Today['notices'] = [];
  if (viewer.may('project.create') && state.projects.isEmpty())
    found.push({ code: 'no-project', message: 'There is no project yet: create the first one.' });
  if (viewer.may('person.invite') && state.people.size === 1)
    found.push({ code: 'no-people', message: 'You are alone here: invite the first person.' });
  for (const project of state.projects.values()) {
    const reviewAt = (project.reviewedAt ?? project.createdAt) + REVIEW_EVERY_MS;
    if (
      project.standing !== 'live' ||
      reviewAt > at + SOON_MS ||
      !viewer.may('review.complete', { project: project.id })
    )
      continue;
    found.push({
      code: 'review-due',
      message: `The access review of ${project.alias} is ${reviewAt < at ? 'overdue' : 'due soon'}.`,
      at: reviewAt,
      project: project.alias,
    });
  }
  return [...failingAlerts(viewer), ...found, ...endingExceptions(viewer)].slice(0, SHOWN_MAX);
}

/** Whoever relies on being told has to hear that it does not work. */
function failingAlerts(viewer: Viewer): Today['notices'] {
  if (!viewer.may('facility.see')) return [];
  const { ways, dropped } = viewer.state.alerts;
  const failing = [...ways.values()].flatMap(({ way, failing: trouble }) =>
    trouble === undefined
      ? []
      : [{ code: 'alerts-failing', message: `Alerts by ${way} are not taken (${trouble.code}).`, at: trouble.since }],
  );
  const lost = { code: 'alerts-dropped', message: `${dropped} alerts were forgotten untold: too many waited.` };
  return dropped === 0 ? failing : [...failing, lost];
}

function endingExceptions(viewer: Viewer): Today['notices'] {
  if (!viewer.may('facility.see')) return [];
  const ending = viewer.state.exceptions.filter(({ until }) => until > viewer.at && until < viewer.at + SOON_MS);
  return [...ending.values()].map(({ rule, until, person }) => ({
    code: 'exception-ends',
    message: `The exception "${rule}" ends soon.`,
    at: until,
    ...(person === undefined ? {} : { person }),
  }));
}
