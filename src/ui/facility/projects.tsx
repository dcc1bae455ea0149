/** Projects of the facility. */
import { Button, Modal, SegmentedControl, Select, TextInput } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { useState } from 'react';
import { Link, useNavigate } from 'react-router';
import { useSearchParams } from '../kit/address.ts';
import type { ProjectView } from '#api/endpoints/views.ts';
import { isId } from '#std/ids.ts';
import type { PersonId } from '#std/ids.ts';
import { useAct, useAnswer } from '../data/query.ts';
import { useMay, useViewer } from '../data/viewer.ts';
import { ActButton, lacking } from '../kit/act-button.tsx';
import { Answer, Empty, RefusedHere } from '../kit/answer.tsx';
import { Moment } from '../kit/moment.tsx';
import { Page } from '../kit/page.tsx';
import { PersonName } from '../kit/person-name.tsx';
import { StateOf } from '../kit/status.tsx';
import { Table } from '../kit/table.tsx';
import { AtPicker, instantOf } from '../ledger/at-picker.tsx';
import { paths } from '../paths.ts';

export function ProjectsPage() {
  const viewer = useViewer();
  const [search, setSearch] = useSearchParams();
  const show = search.get('show') ?? 'live';
  const at = instantOf(search);
  const projects = useAnswer('list-projects', { query: { at } }, { keep: true });
  const [making, setMaking] = useState(false);
  return (
    <Page
      title="Projects"
      lead="Shown by alias everywhere; a true title is sealed, and opens under a project’s Settings for those who need it."
      actions={
        <>
          <SegmentedControl
            size="xs"
            aria-label="Which projects"
            value={show}
            onChange={(value) =>
              setSearch((before) => {
                if (value === 'live') before.delete('show');
                else before.set('show', value);
                return before;
              })
            }
            data={[
              { value: 'live', label: 'Live' },
              { value: 'all', label: 'All' },
            ]}
          />
          <ActButton
            leftSection={<IconPlus size={16} aria-hidden />}
            onClick={() => setMaking(true)}
            unless={
              at === undefined ? lacking(viewer.may, 'project.create') : 'This is the past. Go back to now first.'
            }
          >
            New project
          </ActButton>
        </>
      }
    >
      <div className="pl-row pl-no-print" style={{ marginBottom: 12 }}>
        <AtPicker />
      </div>
      <Answer of={projects}>
        {({ projects: all }) => (
          <ProjectTable projects={all.filter((one) => show === 'all' || one.standing === 'live')} at={at} />
        )}
      </Answer>
      <Modal
        opened={making}
        onClose={() => setMaking(false)}
        title="New project"
        closeButtonProps={{ 'aria-label': 'Close' }}
      >
        {making ? <ProjectForm done={() => setMaking(false)} /> : null}
      </Modal>
    </Page>
  );
}

function ProjectTable({
  projects,
  at,
}: {
  readonly projects: readonly ProjectView[];
  readonly at: number | undefined;
}) {
  if (projects.length === 0 && at !== undefined) return <Empty title="No project existed then" />;
  if (projects.length === 0)
    return (
      <Empty title="No project here yet">
        A project gets a workspace with its folders, and nobody is on it until you say so.
      </Empty>
    );
  return (
    <Table
      label="Projects"
      rows={projects}
      keyOf={(project) => project.id}
      columns={[
        {
          head: 'Project',
          cell: (project) => (
            <Link className="pl-main-link" to={paths.project(project.alias, 'people', at === undefined ? {} : { at })}>
              {project.alias}
            </Link>
          ),
        },
        { head: 'State', cell: (project) => <StateOf state={project.standing} /> },
        {
          head: 'Level',
          cell: (project) =>
            project.level === 'high-security' ? (
              <span className="pl-chip">high security</span>
            ) : (
              <span className="pl-dim">standard</span>
            ),
        },
        { head: 'Owner', cell: (project) => <PersonName person={project.owner} /> },
        { head: 'People', end: true, cell: (project) => project.peopleCount },
        { head: 'Live sessions', end: true, cell: (project) => project.sessionCount },
        {
          head: 'Next end',
          cell: (project) =>
            project.nextEndAt === undefined ? <span className="pl-dim">none</span> : <Moment at={project.nextEndAt} />,
        },
      ]}
    />
  );
}

export function ProjectForm({ done }: { readonly done: (alias: string) => void }) {
  const viewer = useViewer();
  const [alias, setAlias] = useState('');
  const [title, setTitle] = useState('');
  const [level, setLevel] = useState<'standard' | 'high-security'>('standard');
  const [owner, setOwner] = useState<PersonId>(viewer.person.id);
  const people = useAnswer('list-people', { query: {} }, { enabled: useMay('person.see') });
  const create = useAct('create-project');
  const navigate = useNavigate();
  const owners = people.data?.people
    .filter((one) => one.nature === 'human' && one.standing === 'active')
    .map((one) => ({ value: one.id, label: one.name ?? one.id })) ?? [
    { value: viewer.person.id, label: viewer.person.name ?? 'You' },
  ];
  return (
    <form
      className="pl-stack"
      onSubmit={(event) => {
        event.preventDefault();
        create.mutate(
          { body: { alias, title, level, owner } },
          {
            onSuccess: ({ project }) => {
              done(project.alias);
              void navigate(paths.project(project.alias));
            },
          },
        );
      }}
    >
      <TextInput
        label="Alias"
        description="What everything shows: folders, logs, labels. Small letters, digits, dashes."
        placeholder="northwind"
        required
        pattern="[a-z0-9][a-z0-9\-]{1,38}[a-z0-9]"
        data-autofocus
        value={alias}
        onChange={(event) => setAlias(event.currentTarget.value.toLowerCase())}
      />
      <TextInput
        label="True title"
        description="Sealed at once. It never appears in a log or a file name."
        required
        value={title}
        onChange={(event) => setTitle(event.currentTarget.value)}
      />
      <Select
        label="Owner"
        description="Reviews who has access every 90 days."
        data={owners}
        searchable
        allowDeselect={false}
        value={owner}
        onChange={(value) => {
          if (isId('person', value)) setOwner(value);
        }}
      />
      <Select
        label="Level"
        data={[
          { value: 'standard', label: 'Standard' },
          {
            value: 'high-security',
            label:
              'High security: NDA and training (and a screening, where the facility asks for it) must be on record',
          },
        ]}
        allowDeselect={false}
        value={level}
        onChange={(value) => setLevel(value === 'high-security' ? value : 'standard')}
      />
      {create.error === null ? null : <RefusedHere error={create.error} />}
      <Button type="submit" loading={create.isPending}>
        Create the project
      </Button>
    </form>
  );
}
