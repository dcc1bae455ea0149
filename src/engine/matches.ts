/** What a search looks for, said once: the in-memory index uses it, and tests hold the real index to it. */
import type { Entry } from '#model/events.ts';
import type { EntryQuery } from '#ports/engine.ts';
import { assert } from '#std/assert.ts';

export function matches(query: EntryQuery, entry: Entry): boolean {
  const { about, by, at, kind } = entry;
  return (
    (query.person === undefined || about.person === query.person || by.person === query.person) &&
    (query.project === undefined || about.project === query.project || entry.stream === query.project) &&
    (query.session === undefined || about.session === query.session || by.session === query.session) &&
    (query.engagement === undefined || about.engagement === query.engagement || by.engagement === query.engagement) &&
    (query.cut === undefined || about.cut === query.cut) &&
    (query.kind === undefined || kind.startsWith(query.kind)) &&
    (query.path === undefined || about.path?.toLowerCase().includes(query.path.toLowerCase()) === true) &&
    (query.from === undefined || at >= query.from) &&
    (query.until === undefined || at < query.until)
  );
}

export function checkQuery(query: EntryQuery, limitMax: number): void {
  assert(
    Number.isInteger(query.limit) && query.limit >= 1 && query.limit <= limitMax,
    `a page has 1 to ${limitMax} entries`,
  );
}
