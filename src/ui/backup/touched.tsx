/** What one person did to files since a time, and a way back for exactly these. Who and since when stand in the address. */
import { Select } from '@mantine/core';
import { DateTimePicker } from '@mantine/dates';
import { useState } from 'react';
import { useSearchParams } from '../kit/address.ts';
import { isId } from '#std/ids.ts';
import type { PersonId } from '#std/ids.ts';
import type { AnswerOf } from '#api/endpoints.ts';
import { useAnswer } from '../data/query.ts';
import { ActButton } from '../kit/act-button.tsx';
import { Answer, Empty } from '../kit/answer.tsx';
import { dayText } from '../kit/days.ts';
import { Moment } from '../kit/moment.tsx';
import { Section } from '../kit/page.tsx';
import { Status } from '../kit/status.tsx';
import { Table } from '../kit/table.tsx';
import { countText } from '../kit/words.ts';
import { pastReason, useBackups } from './backup-context.ts';
import { RestoreDialog } from './restore-dialog.tsx';
import { useSetSearch } from './set-search.ts';
import { fromShot } from './snapshots.ts';
import type { Shot } from './snapshots.ts';

const ACTS = { written: 'wrote it', moved: 'moved it', binned: 'put it in the bin' } as const;

export function TouchedBy({ alias, shot }: { readonly alias: string; readonly shot: Shot }) {
  const [search] = useSearchParams();
  const set = useSetSearch();
  const people = useAnswer('list-people', { query: {} });
  const [by, since] = [search.get('by'), Number(search.get('since') ?? 0)];
  const options = (people.data?.people ?? [])
    .map((one) => ({ value: one.id as string, label: one.name ?? `sealed name ${one.id.slice(4, 10)}` }))
    .sort((a, b) => a.label.localeCompare(b.label));
  return (
    <Section title="What somebody did" note={NOTE}>
      <div className="pl-row" style={{ marginBottom: 12, alignItems: 'flex-end' }}>
        <Select
          label="Who"
          searchable
          clearable
          placeholder="A person"
          data={options}
          value={by}
          onChange={(person) => set({ by: person ?? undefined })}
        />
        <DateTimePicker
          label="Since"
          placeholder="When it began"
          valueFormat="D MMM YYYY HH:mm"
          maxDate={dayText(Date.now())}
          w={210}
          value={since === 0 ? null : new Date(since)}
          onChange={(text) =>
            set({ since: text === null ? undefined : String(new Date(text.replace(' ', 'T')).getTime()) })
          }
        />
      </div>
      {by !== null && isId('person', by) && since > 0 ? (
        <Listed alias={alias} shot={shot} by={by} since={since} />
      ) : (
        <p className="pl-dim">Choose a person and a time.</p>
      )}
    </Section>
  );
}

const NOTE =
  'Files that one person wrote, moved or binned through the portal or SFTP, and how each one was before. ' +
  'What was done on opened storage has no entry: look at the alarm, or at what changed between two snapshots.';

interface ListedProps {
  readonly alias: string;
  readonly shot: Shot;
  readonly by: PersonId;
  readonly since: number;
}

function Listed({ alias, shot, by, since }: ListedProps) {
  const touched = useAnswer('touched-files', { params: { project: alias }, query: { by, since } });
  return (
    <Answer of={touched} rows={4}>
      {(found) =>
        found.files.length === 0 ? (
          <Empty title="They touched nothing of this project through the portal or SFTP since then" />
        ) : (
          <Files found={found} alias={alias} shot={shot} by={by} since={since} />
        )
      }
    </Answer>
  );
}

function Files({ found, alias, shot, by, since }: ListedProps & { readonly found: AnswerOf<'touched-files'> }) {
  const [isOpen, setOpen] = useState(false);
  const { files, more, leftOut } = found;
  const none = leftOut === files.length + more ? 'No snapshot shows them as they were before.' : undefined;
  return (
    <>
      <Table
        label="Touched files"
        rows={files}
        keyOf={({ path }) => path}
        columns={[
          { head: 'Path', cell: ({ path }) => <span className="pl-break">{path}</span> },
          { head: 'First', cell: ({ firstAt }) => <Moment at={firstAt} as="full" /> },
          {
            head: 'What was done last',
            cell: ({ act, times }) => `${ACTS[act]}${times > 1 ? `, ${countText(times, 'time')} in all` : ''}`,
          },
          {
            head: 'As before in',
            cell: ({ before }) =>
              before === undefined ? (
                <Status tone="warn">No snapshot is old enough</Status>
              ) : (
                <Moment at={before.showsAt} as="full" />
              ),
          },
        ]}
      />
      <div className="pl-spread" style={{ marginTop: 10 }}>
        <span className="pl-dim pl-small">{more > 0 ? `${countText(more, 'more file')}.` : ''}</span>
        <ActButton
          size="compact-sm"
          variant="default"
          unless={pastReason(useBackups()) ?? none}
          onClick={() => setOpen(true)}
        >
          Restore these as they were before…
        </ActButton>
      </div>
      {isOpen ? (
        <RestoreDialog
          alias={alias}
          shot={fromShot(shot)}
          path=""
          touched={{ by, since }}
          close={() => setOpen(false)}
        />
      ) : null}
    </>
  );
}
