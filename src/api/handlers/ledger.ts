/** The ledger: search, one entry with its proof and the world then, the newest checkpoint. */
import { keysIn } from '#ledger/policy.ts';
import { createHash } from 'node:crypto';
import { findProject, unknown } from '#api/find.ts';
import type { Call, Handlers } from '#api/handler.ts';
import type { ApiContext } from '#api/context.ts';
import { searchPage } from '#api/handlers/ledger-search.ts';
import type { AnswerOf } from '#api/endpoints.ts';
import { renderOpenApi } from '#api/openapi.ts';
import { engagementsOn, engagementView } from '#api/views/engagements.ts';
import { entryView, seesEntry } from '#api/views/entries.ts';
import { isLive, Viewer } from '#api/views/viewer.ts';
import { parseEntry } from '#model/events.ts';
import type { Placed } from '#model/events.ts';
import type { EntryQuery } from '#ports/engine.ts';
import { toHex, toText } from '#std/bytes.ts';
import { isRefused, ok, refused } from '#std/refused.ts';
import type { Outcome } from '#std/refused.ts';

export const ledgerHandlers = {
  'search-ledger': (context, { caller, input }) => {
    const viewer = new Viewer(context, caller);
    const query = queryOf(context, input.query);
    return isRefused(query) ? query : searchPage(viewer, query.value);
  },
  openapi: () => ok(renderOpenApi()),
  'see-entry': seeEntry,
  'ledger-keys': async (context) => {
    const policy = await context.log.policy();
    if (policy === undefined) return refused('not-sealed', 'Nothing is sealed yet.', 'Look again in a moment.');
    return ok({ policy, keys: [...keysIn(policy)] });
  },
  checkpoint: async (context) => {
    const head = await context.log.checkpoint();
    if (head === undefined) return refused('not-sealed', 'Nothing is sealed yet.', 'Look again in a moment.');
    const origin = context.engine.state().facility?.origin ?? context.settings.ledgerOrigin;
    return ok({
      origin,
      size: head.size,
      rootHash: toHex(head.root),
      note: head.note,
      searchedTo: context.engine.state().size,
    });
  },
} satisfies Handlers;

function queryOf({ engine }: ApiContext, query: Call<'search-ledger'>['input']['query']): Outcome<EntryQuery> {
  const { project: name, ...rest } = query;
  const project = name === undefined ? undefined : findProject(engine.state(), name);
  if (project !== undefined && isRefused(project)) return project;
  const fields = Object.entries({ ...rest, project: project?.value.id }).filter(([, value]) => value !== undefined);
  return ok({ limit: query.limit, ...Object.fromEntries(fields) });
}

async function seeEntry(
  context: ApiContext,
  { caller, input }: Call<'see-entry'>,
): Promise<Outcome<AnswerOf<'see-entry'>>> {
  const { index } = input.params;
  if (index >= context.engine.state().size) return unknown('entry');
  const bytes = await context.log.entryBytes(index);
  const placed: Placed = { index, entry: parseEntry(JSON.parse(toText(bytes))) };
  const viewer = new Viewer(context, caller);
  if (!seesEntry(viewer, placed.entry)) return unknown('entry');
  const [head, proof, state] = await Promise.all([
    context.log.checkpoint(),
    context.log.proof(index),
    context.engine.stateAt({ size: index + 1 }),
  ]);
  const then = new Viewer(context, caller, { state, at: placed.entry.at });
  return ok({
    entry: entryView(viewer, placed),
    bytes: toText(bytes),
    leafHash: leafHash(bytes),
    checkpoint: head?.note ?? '',
    ...(proof === undefined ? {} : { proof }),
    world: worldThen(then, placed, index + 1),
  });
}

/** RFC 6962 section 2.1: a leaf is hashed with a zero byte before it. */
function leafHash(bytes: Uint8Array): string {
  return createHash('sha256')
    .update(new Uint8Array([0]))
    .update(bytes)
    .digest('hex');
}

function worldThen(viewer: Viewer, { entry }: Placed, size: number): AnswerOf<'see-entry'>['world'] {
  const { state, at } = viewer;
  const project = entry.about.project === undefined ? undefined : state.projects.get(entry.about.project);
  const who = entry.about.person ?? entry.by.person;
  const live =
    project === undefined ? [] : engagementsOn(viewer, project).filter((engagement) => isLive(engagement, at));
  const roles = (who === undefined ? undefined : state.people.get(who))?.roles ?? [];
  return {
    at,
    size,
    engagements: live.map((engagement) => engagementView(viewer, engagement)),
    personRoles: roles.filter(({ until }) => until > at).map(({ role, until }) => ({ role: viewer.role(role), until })),
    sessionCount: state.sessions.count(
      (session) => session.until > at && (project === undefined || session.project === project.id),
    ),
    ...(project === undefined ? {} : { projectStanding: project.standing }),
  };
}
