/** Ledger entries as people read them: sealed fields opened where that is allowed, and nothing of others' projects. */
import type { EntryView } from '#api/endpoints/views.ts';
import type { Viewer } from '#api/views/viewer.ts';
import { defined } from '#api/views/viewer.ts';
import { sealed } from '#model/events.ts';
import type { Entry, Placed, Sealed } from '#model/events.ts';

export function seesEntry(viewer: Viewer, { stream }: Pick<Entry, 'stream'>): boolean {
  if (stream === 'facility' || stream === 'ledger') return viewer.may('ledger.see');
  return viewer.may('ledger.see', { project: stream });
}

export function entryView(viewer: Viewer, { index, entry }: Placed): EntryView {
  const { id, at, kind, stream, n, by, about, data } = entry;
  return defined<EntryView>({
    index,
    id,
    at,
    kind,
    stream,
    n,
    by: defined<EntryView['by']>({
      person: by.person === undefined ? undefined : viewer.person(by.person),
      service: by.service,
      session: by.session,
      engagement: by.engagement,
      from: by.from,
    }),
    about,
    person: about.person === undefined ? undefined : viewer.person(about.person),
    project: about.project === undefined ? undefined : viewer.project(about.project),
    data: opened(viewer, data as Readonly<Record<string, unknown>>), // data of every kind is a JSON object
  });
}

/** Secrets' verifiers stay closed for everybody. */
const NEVER_OPENED = new Set(['verifier', 'secret', 'tokenHash']);

function opened(viewer: Viewer, data: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(data).flatMap(([key, value]) => (NEVER_OPENED.has(key) ? [] : [[key, openedValue(viewer, value)]])),
  );
}

function openedValue(viewer: Viewer, value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => openedValue(viewer, item));
  const field = sealed.safeParse(value);
  return field.success ? openedField(viewer, field.data) : opened(viewer, value as Readonly<Record<string, unknown>>); // an object by the checks above
}

function openedField(viewer: Viewer, field: Sealed): string | null {
  const { subject } = field;
  if (subject === 'facility') return null;
  const person = viewer.state.people.get(subject as Parameters<Viewer['nameOf']>[0]); // undefined for a project's id
  if (person !== undefined)
    return person.standing !== 'erased' && viewer.person(person.id).name !== null ? viewer.unseal(field) : null;
  return viewer.may('title.see', { project: subject as Parameters<Viewer['titleOf']>[0] })
    ? viewer.unseal(field)
    : null; // a project's id is what is left
}
