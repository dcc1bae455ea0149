/** Facility roles of a person, each with an end. */
import { Button, Modal, MultiSelect, Skeleton } from '@mantine/core';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { PersonView } from '#api/endpoints/views.ts';
import type { PersonId, RoleId } from '#std/ids.ts';
import { call } from '../data/client.ts';
import { useAct, useAnswer } from '../data/query.ts';
import { withStepUp } from '../data/step-up.ts';
import { RefusedHere } from '../kit/answer.tsx';
import { Effect } from '../kit/confirm.tsx';
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
  const isChanged = added || chosen.length !== ends.size;
  const wanted = chosen.map((role) => ({ role, until: ends.get(role) ?? until }));
  const options = (roles.data?.roles ?? [])
    .filter((role) => role.scope === 'facility' && !role.retired)
    .map((role) => ({ value: role.id, label: role.title }));
  return (
    <form
      className="pl-stack"
      onSubmit={(event) => {
        event.preventDefault();
        change.mutate(
          { params: { person: person.id }, body: { roles: wanted } },
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
      {isChanged ? <RolesEffect person={person.id} roles={wanted} /> : null}
      {change.error === null ? null : <RefusedHere error={change.error} />}
      <Button type="submit" loading={change.isPending} disabled={!isChanged}>
        Change the roles
      </Button>
    </form>
  );
}

interface RolesEffectProps {
  readonly person: PersonId;
  readonly roles: readonly { readonly role: RoleId; readonly until: number }[];
}

/** What the change would give and take, before it is made. */
function RolesEffect({ person, roles }: RolesEffectProps) {
  const body = { roles: [...roles] };
  const effect = useQuery({
    queryKey: ['preview-roles', person, body],
    queryFn: () => withStepUp(() => call('preview-roles', { params: { person }, body })),
    placeholderData: keepPreviousData,
    staleTime: 0,
  });
  if (effect.data !== undefined) return <Effect effect={effect.data} />;
  return effect.error === null ? <Skeleton height={44} /> : <RefusedHere error={effect.error} />;
}
