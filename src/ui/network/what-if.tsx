/** Any set of machines, people and credentials, taken over together. What was chosen stands in the address. */
import { MultiSelect } from '@mantine/core';
import { useSearchParams } from '../kit/address.ts';
import type { BodyTo } from '#api/endpoints.ts';
import { isId } from '#std/ids.ts';
import { useAnswer } from '../data/query.ts';
import { useViewer } from '../data/viewer.ts';
import { Answer } from '../kit/answer.tsx';
import { Breach } from './breach.tsx';
import { useNetwork } from './network-context.ts';
import { zoneNameOf } from './network-words.ts';

type Subject = BodyTo<'network-breach'>['subjects'][number];

const OPTIONS_SHOWN = 40;

export function WhatIf() {
  const [search, setSearch] = useSearchParams();
  const chosen = search.getAll('what');
  const { at } = useNetwork();
  const subjects = chosen.map(subjectOf).filter((one) => one !== undefined);
  const body = { subjects, ...(at === undefined ? {} : { at }) };
  const breach = useAnswer('network-breach', { body }, { enabled: subjects.length > 0, keep: true });
  const set = (values: readonly string[]) =>
    setSearch(
      (before) => {
        before.delete('what');
        for (const value of values) before.append('what', value);
        return before;
      },
      { replace: true },
    );
  return (
    <div className="pl-card pl-pad pl-stack">
      <Picker chosen={chosen} onChange={set} />
      {subjects.length === 0 ? (
        <p className="pl-dim pl-small">Choose a machine, a person, or a credential from the list below.</p>
      ) : (
        <Answer of={breach}>{(found) => <Breach breach={found} />}</Answer>
      )}
    </div>
  );
}

interface PickerProps {
  readonly chosen: readonly string[];
  readonly onChange: (values: readonly string[]) => void;
}

function Picker({ chosen, onChange }: PickerProps) {
  const { net, at } = useNetwork();
  const viewer = useViewer();
  const people = useAnswer('list-people', { query: {} }, { enabled: viewer.may.includes('person.see') });
  const blast = useAnswer('network-blast', { query: { at } }, { keep: true });
  const groups = [
    {
      group: 'Hosts',
      items: net.hosts.map((host) => ({
        value: `host:${host.id}`,
        label: `${host.name}, ${zoneNameOf(net, host.zone)}`,
      })),
    },
    {
      group: 'People',
      items: (people.data?.people ?? []).map((one) => ({
        value: `person:${one.id}`,
        label: one.name ?? 'sealed name',
      })),
    },
    {
      group: 'Credentials',
      items: (blast.data?.credentials ?? []).map(({ subject }) => ({
        value: `credential:${subject.id}`,
        label: `${subject.name ?? 'credential'}, ${subject.detail ?? ''}`,
      })),
    },
  ];
  return (
    <MultiSelect
      aria-label="What is taken over"
      placeholder={chosen.length === 0 ? 'edit-03, a person, a key…' : 'and…'}
      searchable
      limit={OPTIONS_SHOWN}
      data={groups}
      value={[...chosen]}
      onChange={onChange}
    />
  );
}

function subjectOf(text: string): Subject | undefined {
  const [kind, id] = text.split(':');
  if (kind === 'host' && isId('host', id)) return { kind, host: id };
  if (kind === 'person' && isId('person', id)) return { kind, person: id };
  if (kind === 'credential' && isId('credential', id)) return { kind, credential: id };
  return undefined;
}
