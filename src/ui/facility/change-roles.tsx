/** Facility roles of a person, each with an end. */
import { Button, Modal, MultiSelect } from '@mantine/core';
import { useState } from 'react';
import type { PersonView } from '#api/endpoints/views.ts';
import type { RoleId } from '#std/ids.ts';
import { useAct, useAnswer } from '../data/query.ts';
import { Refusal } from '../kit/answer.tsx';
import { dayEnd, dayText } from '../kit/days.ts';
import { say } from '../kit/say.ts';
import { UntilField } from '../kit/until-field.tsx';
import { dateText } from '../kit/words.ts';

const FIRST_DAYS = 365;

interface ChangeRolesProps {
  readonly person: PersonView;
  readonly opened: boolean;
  readonly close: () => void;
}

export function ChangeRoles({ person, opened, close }: ChangeRolesProps) {
  return (
    <Modal
      opened={opened}
      onClose={close}
      title={`Facility roles of ${person.name ?? 'this person'}`}
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      {opened ? <RolesForm person={person} close={close} /> : null}
    </Modal>
  );
}

function RolesForm({ person, close }: Omit<ChangeRolesProps, 'opened'>) {
  const roles = useAnswer('list-roles', { query: {} });
  const change = useAct('change-roles');
  const [chosen, setChosen] = useState<readonly RoleId[]>(() => person.roles.map((one) => one.role.id));
  const [until, setUntil] = useState(() => dayEnd(dayText(Date.now(), FIRST_DAYS)));
  /** Roles that stay keep the end that they have. */
  const ends = new Map(person.roles.map((one) => [one.role.id, one.until]));
  const added = chosen.some((role) => !ends.has(role));
  const options = (roles.data?.roles ?? [])
    .filter((role) => role.scope === 'facility' && !role.retired)
    .map((role) => ({ value: role.id, label: role.title }));
  return (
    <form
      className="pl-stack"
      onSubmit={(event) => {
        event.preventDefault();
        const body = { roles: chosen.map((role) => ({ role, until: ends.get(role) ?? until })) };
        change.mutate(
          { params: { person: person.id }, body },
          {
            onSuccess: () => {
              say('Roles changed.');
              close();
            },
          },
        );
      }}
    >
      {/* The options are the server's own roles. */}
      <MultiSelect
        label="Roles"
        data={options}
        value={[...chosen]}
        onChange={(values) => setChosen(values as RoleId[])}
        data-autofocus
      />
      {added ? (
        <UntilField label="New ones until the end of" value={until} from={Date.now()} onChange={setUntil} />
      ) : null}
      <p className="pl-dim pl-small">
        {person.roles.length === 0
          ? 'None so far.'
          : `So far: ${person.roles.map((one) => `${one.role.title} until ${dateText(one.until)}`).join(', ')}.`}
      </p>
      {change.error === null ? null : <Refusal error={change.error} />}
      <Button type="submit" loading={change.isPending}>
        Change the roles
      </Button>
    </form>
  );
}
