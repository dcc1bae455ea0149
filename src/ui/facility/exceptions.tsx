/** Rules that are lifted for somebody, with a reason and an end. */
import { Button, Select, Textarea } from '@mantine/core';
import { useState } from 'react';
import type { AnswerOf } from '#api/endpoints.ts';
import { isId } from '#std/ids.ts';
import type { PersonId } from '#std/ids.ts';
import { useNow } from '../data/now.ts';
import { useAct, useAnswer } from '../data/query.ts';
import { useViewer } from '../data/viewer.ts';
import { ActButton, lacking } from '../kit/act-button.tsx';
import { Empty, RefusedHere } from '../kit/answer.tsx';
import { useConfirm } from '../kit/confirm.tsx';
import { Moment } from '../kit/moment.tsx';
import { say } from '../kit/say.ts';
import { Table } from '../kit/table.tsx';
import { UntilField } from '../kit/until-field.tsx';
import { DAY_MS } from '../kit/words.ts';
import { LIFTS, liftsText } from '../ledger/code-words.ts';

type Exception = AnswerOf<'facility'>['exceptions'][number];

export function Exceptions({ exceptions }: { readonly exceptions: readonly Exception[] }) {
  return (
    <div className="pl-two">
      <div>
        {exceptions.length === 0 ? (
          <Empty isGood title="No exceptions">
            Every rule holds for everybody.
          </Empty>
        ) : (
          <Table
            label="Exceptions"
            rows={exceptions}
            keyOf={(one) => one.id}
            columns={[
              { head: 'For', cell: (one) => one.person?.name ?? 'everybody' },
              {
                head: 'May',
                cell: (one) => <span title={one.rule}>{liftsText(one.rule)}</span>,
              },
              { head: 'Because', cell: (one) => one.reason },
              { head: 'Until', cell: (one) => <Moment at={one.until} as="date" /> },
              { head: 'Actions', end: true, cell: (one) => <EndException exception={one} /> },
            ]}
          />
        )}
      </div>
      <RecordException />
    </div>
  );
}

function EndException({ exception }: { readonly exception: Exception }) {
  const viewer = useViewer();
  const now = useNow();
  const end = useAct('end-exception');
  const confirm = useConfirm();
  if (exception.until <= now) return <span className="pl-dim">Over</span>;
  const ask = () =>
    confirm({
      title: 'End this exception now?',
      body: `The rule holds for ${exception.person?.name ?? 'everybody'} again at once. What was done under it stays.`,
      verb: 'End it',
      reason: 'required',
      act: (reason) => end.mutateAsync({ params: { exception: exception.id }, body: { reason: reason ?? '' } }),
    });
  return (
    <ActButton size="compact-sm" variant="default" onClick={ask} unless={lacking(viewer.may, 'exception.record')}>
      End…
    </ActButton>
  );
}

function RecordException() {
  const viewer = useViewer();
  const people = useAnswer('list-people', { query: {} });
  const record = useAct('record-exception');
  const [rule, setRule] = useState<string | null>(null);
  const [person, setPerson] = useState<PersonId | null>(null);
  const [reason, setReason] = useState('');
  const [until, setUntil] = useState(() => Date.now() + 90 * DAY_MS);
  const unless = lacking(viewer.may, 'exception.record');
  const names = (people.data?.people ?? []).flatMap(({ id, name, standing }) =>
    name === null || standing !== 'active' ? [] : [{ value: id, label: name }],
  );
  return (
    <form
      className="pl-card pl-pad pl-stack"
      onSubmit={(event) => {
        event.preventDefault();
        if (rule === null || person === null) return;
        record.mutate(
          { body: { rule, person, reason, until } },
          {
            onSuccess: () => {
              say('The exception is recorded.');
              setRule(null);
              setPerson(null);
              setReason('');
            },
          },
        );
      }}
    >
      <h2>Record an exception</h2>
      <Select
        label="Who"
        data={names}
        searchable
        value={person}
        onChange={(value) => setPerson(isId('person', value) ? value : null)}
      />
      <Select
        label="May"
        data={Object.entries(LIFTS).map(([value, label]) => ({ value, label }))}
        value={rule}
        onChange={setRule}
      />
      <Textarea
        label="Because"
        required
        autosize
        minRows={2}
        value={reason}
        onChange={(event) => setReason(event.currentTarget.value)}
      />
      <UntilField label="Until the end of" value={until} from={Date.now()} onChange={setUntil} />
      <p className="pl-dim pl-small">Nobody records one for themselves: another owner or the security lead does.</p>
      {record.error === null ? null : <RefusedHere error={record.error} />}
      {unless === undefined ? (
        <Button type="submit" loading={record.isPending} disabled={rule === null || person === null}>
          Record
        </Button>
      ) : (
        <ActButton unless={unless} onClick={() => undefined}>
          Record
        </ActButton>
      )}
    </form>
  );
}
