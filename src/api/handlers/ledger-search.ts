/** Pages of ledger entries, of which a person sees only those of streams that she may see. */
import type { EntryPageView } from '#api/endpoints/views.ts';
import { entryView, seesEntry } from '#api/views/entries.ts';
import type { Viewer } from '#api/views/viewer.ts';
import type { Placed } from '#model/events.ts';
import type { EntryQuery } from '#ports/engine.ts';
import type { Outcome } from '#std/refused.ts';
import { ok } from '#std/refused.ts';

/** Entries of other streams are skipped, so several pages of the index may make one page here; then the reader asks for the next. */
const INDEX_PAGE = 200;
const INDEX_PAGES_MAX = 10;

export async function searchPage(viewer: Viewer, query: EntryQuery): Promise<Outcome<EntryPageView>> {
  const found: Placed[] = [];
  let before = query.before;
  let searchedTo = 0;
  for (let page = 0; page < INDEX_PAGES_MAX && found.length < query.limit; page += 1) {
    const answer = await viewer.context.engine.search({
      ...query,
      ...(before === undefined ? {} : { before }),
      limit: INDEX_PAGE,
    });
    searchedTo = answer.searchedTo;
    found.push(...answer.entries.filter(({ entry }) => seesEntry(viewer, entry)));
    before = answer.next;
    if (before === undefined) break;
  }
  const shown = found.slice(0, query.limit);
  const next = found.length > shown.length ? shown.at(-1)?.index : before;
  const entries = shown.map((placed) => entryView(viewer, placed));
  return ok(next === undefined ? { entries, searchedTo } : { entries, searchedTo, next });
}
