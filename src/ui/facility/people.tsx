/** People of the facility. */
import { Button, Modal, MultiSelect, Select, TextInput } from '@mantine/core';
import { IconSearch, IconUserPlus } from '@tabler/icons-react';
import { useState } from 'react';
import { useSearchParams } from '../kit/address.ts';
import type { AnswerOf } from '#api/endpoints.ts';
import type { PersonView } from '#api/endpoints/views.ts';
import type { RoleId } from '#std/ids.ts';
import { useAct, useAnswer } from '../data/query.ts';
import { useMay, useViewer } from '../data/viewer.ts';
import { ActButton, lacking } from '../kit/act-button.tsx';
import { Answer, Empty, RefusedHere } from '../kit/answer.tsx';
import { dayEnd, dayText } from '../kit/days.ts';
import { LinkLine } from '../kit/link-line.tsx';
import { matching } from '../kit/matching.ts';
import { Moment } from '../kit/moment.tsx';
import { Page } from '../kit/page.tsx';
import { PersonName } from '../kit/person-name.tsx';
import { Notice } from '../kit/status.tsx';
import { Table } from '../kit/table.tsx';
import { AtPicker, instantOf } from '../ledger/at-picker.tsx';
import { LastSeen, PersonStanding } from './person-standing.tsx';

const ROLE_LENGTH_DAYS = 365;
const INVITE_DAYS = 3;

export function PeoplePage() {
  const viewer = useViewer();
  const [search, setSearch] = useSearchParams();
  const [adding, setAdding] = useState(false);
  const text = search.get('find') ?? '';
  const standing = search.get('standing') ?? 'all';
  const at = instantOf(search);
  const people = useAnswer('list-people', { query: { at } }, { keep: true });
  const change = (name: string, value: string) =>
    setSearch(
      (before) => {
        if (value === '' || value === 'all') before.delete(name);
        else before.set(name, value);
        return before;
      },
      { replace: true },
    );
  return (
    <Page
      title="People"
      lead="Everybody who can or could get in, staff and freelancers alike."
      actions={
        <ActButton
          leftSection={<IconUserPlus size={16} aria-hidden />}
          onClick={() => setAdding(true)}
          unless={at === undefined ? lacking(viewer.may, 'person.invite') : 'This is the past. Go back to now first.'}
        >
          Add a person
        </ActButton>
      }
    >
      <div className="pl-row" style={{ marginBottom: 12 }}>
        <TextInput
          aria-label="Find a person"
          placeholder="Name, project or role"
          leftSection={<IconSearch size={15} aria-hidden />}
          value={text}
          onChange={(event) => change('find', event.currentTarget.value)}
          style={{ flex: '1 1 220px', maxWidth: 360 }}
        />
        <Select
          aria-label="State"
          data={[{ value: 'all', label: 'Any state' }, 'active', 'suspended', 'dormant', 'erased']}
          value={standing}
          allowDeselect={false}
          onChange={(value) => change('standing', value ?? 'all')}
          w={150}
        />
        <AtPicker />
      </div>
      <Answer of={people}>
        {({ people: all }) => {
          const found = matching(
            [...all].sort(byName).filter((one) => standing === 'all' || one.standing === standing),
            text,
            wordsOf,
          );
          return found.length === 0 ? <Empty title="Nobody like that" /> : <PeopleTable people={found} at={at} />;
        }}
      </Answer>
      <Modal
        opened={adding}
        onClose={() => setAdding(false)}
        title="Add a person"
        closeButtonProps={{ 'aria-label': 'Close' }}
      >
        {adding ? <AddPerson close={() => setAdding(false)} /> : null}
      </Modal>
    </Page>
  );
}

function byName(a: PersonView, b: PersonView): number {
  return (a.name ?? '~').localeCompare(b.name ?? '~');
}

function wordsOf(person: PersonView): string {
  return [
    person.name ?? '',
    person.mail ?? '',
    ...person.projects.map((one) => one.alias),
    ...person.roles.map((one) => one.role.title),
  ].join(' ');
}

function PeopleTable({ people, at }: { readonly people: readonly PersonView[]; readonly at: number | undefined }) {
  return (
    <Table
      label="People"
      rows={people}
      keyOf={(person) => person.id}
      columns={[
        {
          head: 'Name',
          cell: (person) => (
            <>
              <PersonName person={person} link {...(at === undefined ? {} : { at })} />
              {person.mail === null ? null : <div className="pl-dim pl-small">{person.mail}</div>}
            </>
          ),
        },
        {
          head: 'State',
          cell: (person) => <PersonStanding person={person} />,
        },
        {
          head: 'Facility roles',
          cell: (person) =>
            person.roles.length === 0 ? (
              <span className="pl-dim">none</span>
            ) : (
              person.roles.map((one) => one.role.title).join(', ')
            ),
        },
        {
          head: 'On',
          cell: (person) => (
            <span className="pl-row" style={{ gap: 4 }}>
              {person.projects.map((project) => (
                <span key={project.id} className="pl-chip">
                  {project.alias}
                </span>
              ))}
            </span>
          ),
        },
        {
          head: 'Signs in with',
          cell: (person) =>
            person.credentialTypes.length === 0 ? (
              <span className="pl-dim">not yet</span>
            ) : (
              person.credentialTypes.join(', ')
            ),
        },
        { head: 'Live', end: true, cell: (person) => person.sessionCount },
        { head: 'Last seen', cell: (person) => <LastSeen person={person} /> },
        {
          head: 'All access ends',
          cell: (person) =>
            person.accessEndsAt === undefined ? (
              <span className="pl-dim">no access</span>
            ) : (
              <Moment at={person.accessEndsAt} />
            ),
        },
      ]}
    />
  );
}

function isSameName(known: string | null, typed: string): boolean {
  const plain = (text: string) => text.trim().replace(/\s+/g, ' ').toLowerCase();
  return known !== null && plain(typed) !== '' && plain(known) === plain(typed);
}

interface AddPersonProps {
  readonly close: () => void;
  /** Something else comes first on this page. */
  readonly isLater?: boolean;
}

export function AddPerson({ close, isLater = false }: AddPersonProps) {
  const [name, setName] = useState('');
  const [mail, setMail] = useState('');
  const [chosen, setChosen] = useState<readonly RoleId[]>([]);
  const [made, setMade] = useState<AnswerOf<'add-person'>>();
  const roles = useAnswer('list-roles', { query: {} });
  const add = useAct('add-person');
  const mayAssign = useMay('person.assign-roles');
  const people = useAnswer('list-people', { query: {} });
  const sameName = people.data?.people.find((one) => one.standing !== 'erased' && isSameName(one.name, name));
  if (made !== undefined) return <HandOver link={made.link} name={name} close={close} />;
  const until = dayEnd(dayText(Date.now(), ROLE_LENGTH_DAYS));
  const options = (roles.data?.roles ?? [])
    .filter((role) => role.scope === 'facility' && !role.retired)
    .map((role) => ({ value: role.id, label: role.title }));
  return (
    <form
      className="pl-stack"
      onSubmit={(event) => {
        event.preventDefault();
        add.mutate(
          {
            body: {
              name,
              inviteDays: INVITE_DAYS,
              roles: chosen.map((role) => ({ role, until })),
              ...(mail === '' ? {} : { mail }),
            },
          },
          { onSuccess: setMade },
        );
      }}
    >
      <TextInput
        label="Name"
        required
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
        data-autofocus
      />
      {sameName === undefined ? null : (
        <Notice tone="warn">
          <PersonName person={sameName} link /> is here already. Add somebody of the same name only if it is another
          person.
        </Notice>
      )}
      <TextInput
        label="Mail address"
        description="Needed only to sign in with a password."
        type="email"
        value={mail}
        onChange={(event) => setMail(event.currentTarget.value)}
      />
      {/* The options are the server's own roles. */}
      <MultiSelect
        label="Facility roles"
        description={
          mayAssign
            ? 'Leave empty for people who only work on projects. Each ends in a year.'
            : 'Only the security lead or the owner gives facility roles.'
        }
        data={options}
        disabled={!mayAssign}
        value={[...chosen]}
        onChange={(values) => setChosen(values as RoleId[])}
      />
      {add.error === null ? null : <RefusedHere error={add.error} />}
      <Button type="submit" variant={isLater ? 'default' : 'filled'} loading={add.isPending}>
        Add and make an invitation
      </Button>
    </form>
  );
}

export function HandOver({
  link,
  name,
  close,
}: {
  readonly link: string | undefined;
  readonly name: string;
  readonly close: () => void;
}) {
  return (
    <div className="pl-stack">
      <Notice tone="ok">
        {name} was added. Hand this link over yourself: it is shown this once, and works once, within {INVITE_DAYS}{' '}
        days.
      </Notice>
      {link === undefined ? null : <LinkLine link={link} />}
      <Button onClick={close}>Done</Button>
    </div>
  );
}
