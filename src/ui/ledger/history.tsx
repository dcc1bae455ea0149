/** A list of entries that grows on request. */
import { Button } from '@mantine/core';
import { useState } from 'react';
import { useEntries } from '../data/query.ts';
import { Empty, Refusal, Waiting } from '../kit/answer.tsx';
import type { Hat } from '../paths.ts';
import { EntryTable } from './entry-table.tsx';

interface HistoryProps {
  readonly name: 'search-ledger' | 'person-history' | 'project-history';
  readonly params?: object;
  readonly query?: object;
  readonly hat: Hat;
}

/** The log's own heads entries: proofs need them, readers seldom do. */
const SEAL = 'ledger.heads';

export function History({ name, params, query, hat }: HistoryProps) {
  const pages = useEntries(name, {
    ...(params === undefined ? {} : { params }),
    ...(query === undefined ? {} : { query }),
  });
  const [seals, setSeals] = useState(false);
  if (pages.data === undefined)
    return pages.error === null ? (
      <Waiting rows={8} />
    ) : (
      <Refusal error={pages.error} again={() => void pages.refetch()} />
    );
  const all = pages.data.pages.flatMap((page) => page.entries);
  const entries = seals ? all : all.filter((entry) => entry.kind !== SEAL);
  const hidden = all.length - entries.length;
  if (all.length === 0 && !pages.hasNextPage)
    return <Empty title="No entry is like that">Widen the search, or look at another time.</Empty>;
  return (
    <div className="pl-stack">
      <EntryTable entries={entries} hat={hat} />
      <div className="pl-spread pl-dim pl-small">
        <span>
          Searched up to entry {pages.data.pages[0]?.searchedTo}.{' '}
          {hidden > 0 ? (
            <Button size="compact-xs" variant="subtle" onClick={() => setSeals(true)}>
              Show {hidden} seals of the log
            </Button>
          ) : null}
        </span>
        {pages.hasNextPage ? (
          <Button variant="default" loading={pages.isFetchingNextPage} onClick={() => void pages.fetchNextPage()}>
            Older entries
          </Button>
        ) : (
          <span>That is all.</span>
        )}
      </div>
    </div>
  );
}
