/** Refused attempts as Today lists them: the same one again and again is one line with a count. Pure. */
import type { EntryView } from '#api/endpoints/views.ts';
import { sentenceOf } from '../../ledger/sentence.ts';

export interface Refusal {
  readonly newest: EntryView;
  readonly says: string;
  readonly times: number;
}

/** Newest first, as the entries come: the same person, refused for the same reason, from the same place. */
export function refusalsOf(entries: readonly EntryView[]): readonly Refusal[] {
  const same = Map.groupBy(entries, (entry) => JSON.stringify([entry.person?.id, sentenceOf(entry), entry.by.from]));
  return [...same.values()].flatMap(([newest, ...more]) =>
    newest === undefined ? [] : [{ newest, says: sentenceOf(newest), times: more.length + 1 }],
  );
}

const LISTS = [
  ['signin.refused', 'Sign-ins'],
  ['access.refused', 'Acts'],
  ['file.set-aside', 'Files'],
] as const;

/** Kinds that are among them, with what people call them: the ledger is searched by one kind at a time. */
export function kindsOf(entries: readonly EntryView[]): readonly (readonly [kind: string, title: string])[] {
  return LISTS.filter(([kind]) => entries.some((entry) => entry.kind === kind));
}
