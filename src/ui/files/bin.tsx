/** The bin, and the uploads that were set aside. */
import { Button } from '@mantine/core';
import { useAct, useAnswer } from '../data/query.ts';
import { Answer, Empty } from '../kit/answer.tsx';
import { Moment } from '../kit/moment.tsx';
import { PersonName } from '../kit/person-name.tsx';
import { say, sayRefused } from '../kit/say.ts';
import { Table } from '../kit/table.tsx';
import { bytesText } from '../kit/words.ts';

export function Bin({ alias }: { readonly alias: string }) {
  const bin = useAnswer('list-bin', { params: { project: alias } });
  const unbin = useAct('unbin-file');
  return (
    <Answer of={bin}>
      {({ binned }) =>
        binned.length === 0 ? (
          <Empty title="The bin is empty" />
        ) : (
          <Table
            label="The bin"
            rows={binned}
            keyOf={(one) => one.id}
            columns={[
              { head: 'File', cell: (one) => <span className="pl-break">{one.path}</span> },
              { head: 'Size', end: true, cell: (one) => bytesText(one.sizeBytes) },
              {
                head: 'Put here',
                cell: (one) => (
                  <>
                    <Moment at={one.binnedAt} /> by <PersonName person={one.by} />
                  </>
                ),
              },
              { head: 'Kept until', cell: (one) => <Moment at={one.keptUntil} /> },
              {
                head: 'Actions',
                end: true,
                cell: (one) => (
                  <Button
                    size="compact-sm"
                    variant="default"
                    onClick={() =>
                      unbin.mutate(
                        { params: { project: alias, binned: one.id } },
                        { onSuccess: () => say(`${one.path} is back.`), onError: sayRefused },
                      )
                    }
                  >
                    Take out
                  </Button>
                ),
              },
            ]}
          />
        )
      }
    </Answer>
  );
}

export function SetAside({ alias }: { readonly alias: string }) {
  const aside = useAnswer('list-set-aside', { params: { project: alias } });
  return (
    <Answer of={aside}>
      {({ files }) =>
        files.length === 0 ? (
          <Empty title="Nothing was set aside">
            Uploads whose content does not fit their name, or whose kind is not let in, are kept here and reported.
          </Empty>
        ) : (
          <Table
            label="Set aside"
            rows={files}
            keyOf={(one) => one.upload}
            columns={[
              { head: 'File', cell: (one) => <span className="pl-break">{one.path}</span> },
              { head: 'Why', cell: (one) => one.why },
              { head: 'Size', end: true, cell: (one) => bytesText(one.sizeBytes) },
              { head: 'When', cell: (one) => <Moment at={one.at} /> },
              { head: 'Kept until', cell: (one) => <Moment at={one.keptUntil} as="date" /> },
              { head: 'By', cell: (one) => <PersonName person={one.by} /> },
            ]}
          />
        )
      }
    </Answer>
  );
}
