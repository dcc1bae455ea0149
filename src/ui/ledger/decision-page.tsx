/** Questions to the decision, now or at any instant: who can do this here, and what can this person do. */
import { SegmentedControl, Select, TextInput } from '@mantine/core';
import { useSearchParams } from '../kit/address.ts';
import { useAnswer } from '../data/query.ts';
import { actionTitle, byReach } from '../kit/action-says.ts';
import { Page } from '../kit/page.tsx';
import { AtPicker, instantOf } from './at-picker.tsx';
import { WhatCan, WhoCan } from './decision-answers.tsx';
import type { Hat } from '../paths.ts';

const FIRST_ACTION = 'file.read';

export interface Question {
  readonly hat: Exclude<Hat, 'studio'>;
  readonly at: number | undefined;
}

export function DecisionPage({ hat }: { readonly hat: Question['hat'] }) {
  const [search, setSearch] = useSearchParams();
  const about = search.get('ask') === 'what' ? 'what' : 'who';
  const change = (name: string, value: string | null) =>
    setSearch(
      (before) => {
        if (value === null || value === '') before.delete(name);
        else before.set(name, value);
        return before;
      },
      { replace: true },
    );
  const question = { hat, at: instantOf(search) };
  return (
    <Page
      title={about === 'who' ? 'Who can…' : 'What can…'}
      lead="The same decision that every gate asks, with its reason and the instant at which it ends. Hours, zones and a fresh second factor are taken as met."
      actions={
        <SegmentedControl
          size="xs"
          aria-label="Which question"
          value={about}
          onChange={(value) => change('ask', value === 'who' ? null : value)}
          data={[
            { value: 'who', label: 'Who can do this?' },
            { value: 'what', label: 'What can this person do?' },
          ]}
        />
      }
    >
      {about === 'who' ? (
        <WhoForm question={question} change={change} />
      ) : (
        <WhatForm question={question} change={change} />
      )}
    </Page>
  );
}

interface FormProps {
  readonly question: Question;
  readonly change: (name: string, value: string | null) => void;
}

function WhoForm({ question, change }: FormProps) {
  const [search] = useSearchParams();
  const projects = useAnswer('list-projects', { query: {} });
  const roles = useAnswer('list-roles', { query: {} });
  const aliases = (projects.data?.projects ?? []).map((one) => one.alias);
  const action = search.get('action') ?? FIRST_ACTION;
  const project = search.get('project') ?? aliases[0];
  const path = search.get('path') ?? '';
  return (
    <>
      <div className="pl-row pl-no-print" style={{ marginBottom: 14, alignItems: 'flex-end' }}>
        <Select
          label="Action"
          data={byReach(roles.data?.actions ?? [action]).map(([group, these]) => ({
            group,
            items: these.map((value) => ({ value, label: actionTitle(value) })),
          }))}
          searchable
          allowDeselect={false}
          value={action}
          onChange={(value) => change('action', value)}
          w={300}
        />
        <Select
          label="Project"
          data={[{ value: '-', label: 'the facility' }, ...aliases]}
          searchable
          allowDeselect={false}
          value={project ?? '-'}
          onChange={(value) => change('project', value)}
          w={190}
        />
        <TextInput
          label="Folder or file"
          placeholder="media/reel-2.mov"
          value={path}
          onChange={(event) => change('path', event.currentTarget.value)}
          w={220}
        />
        <AtPicker />
      </div>
      {projects.data === undefined ? null : (
        <WhoCan
          question={question}
          action={action}
          path={path}
          project={project === undefined || project === '-' ? undefined : project}
        />
      )}
    </>
  );
}

function WhatForm({ question, change }: FormProps) {
  const [search] = useSearchParams();
  const people = useAnswer('list-people', { query: {} });
  const options = (people.data?.people ?? [])
    .map((one) => ({ value: one.id as string, label: one.name ?? `sealed name ${one.id.slice(4, 10)}` }))
    .sort((a, b) => a.label.localeCompare(b.label));
  const person = search.get('person') ?? options[0]?.value;
  return (
    <>
      <div className="pl-row pl-no-print" style={{ marginBottom: 14, alignItems: 'flex-end' }}>
        <Select
          label="Person"
          data={options}
          searchable
          allowDeselect={false}
          value={person ?? null}
          onChange={(value) => change('person', value)}
          w={260}
        />
        <AtPicker />
      </div>
      <WhatCan question={question} person={person} />
    </>
  );
}
