/** Giving, extending and ending engagements, each with its effect shown beforehand. */
import { Button, Modal, Select } from '@mantine/core';
import { DatePickerInput } from '@mantine/dates';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useNavigate } from 'react-router';
import type { RequestTo } from '#api/endpoints.ts';
import type { EngagementView } from '#api/endpoints/views.ts';
import type { Hours } from '#model/entry-shapes.ts';
import { isId } from '#std/ids.ts';
import type { PersonId, ProjectId, RoleId } from '#std/ids.ts';
import { call } from '../data/client.ts';
import { useNow } from '../data/now.ts';
import { useAct, useAnswer } from '../data/query.ts';
import { RefusedHere } from '../kit/answer.tsx';
import { Effect, useConfirm } from '../kit/confirm.tsx';
import { dayEnd, dayStart, dayText } from '../kit/days.ts';
import { HoursField } from '../kit/hours-field.tsx';
import { say } from '../kit/say.ts';
import { UntilField } from '../kit/until-field.tsx';
import { countText, dateText, DAY_MS } from '../kit/words.ts';
import { paths } from '../paths.ts';
import { LaterButtons } from './later-buttons.tsx';

const FIRST_LENGTH_DAYS = 30;

/** Ends an engagement after showing what stops, then follows the receipts. */
export function useEndEngagement() {
  const confirm = useConfirm();
  const end = useAct('end-engagement');
  const navigate = useNavigate();
  return (engagement: EngagementView) =>
    confirm({
      title: `End ${engagement.person.name ?? 'this person'}’s access to ${engagement.project.alias}?`,
      body: (
        <>
          As {engagement.role.title.toLowerCase()}, until {dateText(engagement.until)} so far.
        </>
      ),
      verb: 'End access now',
      danger: true,
      reason: 'optional',
      effect: async () => {
        const { effect, sessions } = await call('preview-end', { params: { engagement: engagement.id } });
        return {
          ...effect,
          sentences: [
            ...(engagement.state === 'coming'
              ? [`Access that would begin on ${dateText(engagement.from)} never begins.`]
              : effect.sentences),
            sessions.length === 0
              ? 'No live session is open.'
              : `${countText(sessions.length, 'live session')} will be cut; what transfers now stops in the middle.`,
          ],
        };
      },
      act: async (reason) => {
        const { cut } = await end.mutateAsync({
          params: { engagement: engagement.id },
          body: reason === undefined ? {} : { reason },
        });
        await navigate(paths.cut(cut));
      },
    });
}

export function ExtendButtons({ engagement }: { readonly engagement: EngagementView }) {
  const extend = useAct('extend-engagement');
  return (
    <LaterButtons
      from={engagement.until}
      lengths={[
        ['1 week', 7],
        ['2 weeks', 14],
        ['1 month', 30],
      ]}
      extend={(until) => extend.mutateAsync({ params: { engagement: engagement.id }, body: { until } })}
      done={(until) => `${engagement.person.name ?? 'Access'} goes on until ${until}.`}
      unless={
        engagement.may.includes('engagement.extend')
          ? undefined
          : 'You may not extend this. Ask the project’s producer.'
      }
    />
  );
}

interface GiveProps {
  readonly project: { readonly id: ProjectId; readonly alias: string };
  readonly opened: boolean;
  readonly close: () => void;
}

export function GiveEngagement({ project, opened, close }: GiveProps) {
  return (
    <Modal
      opened={opened}
      onClose={close}
      title={`Add a person to ${project.alias}`}
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      {opened ? <GiveForm project={project} close={close} /> : null}
    </Modal>
  );
}

function GiveForm({ project, close }: Omit<GiveProps, 'opened'>) {
  const now = useNow();
  const people = useAnswer('list-people', { query: {} });
  const roles = useAnswer('list-roles', { query: {} });
  const [person, setPerson] = useState<PersonId>();
  const [role, setRole] = useState<RoleId>();
  const [from, setFrom] = useState(() => dayStart(dayText(now)));
  const [hours, setHours] = useState<Hours>();
  const [until, setUntil] = useState(() => dayEnd(dayText(now + FIRST_LENGTH_DAYS * DAY_MS)));
  const give = useAct('give-engagement');
  const whole =
    person === undefined || role === undefined
      ? undefined
      : { person, role, from, until, ...(hours === undefined ? {} : { hours }) };
  const personOptions = (people.data?.people ?? [])
    .filter((one) => one.standing === 'active')
    .map((one) => ({ value: one.id, label: one.name ?? one.id }));
  const roleOptions = (roles.data?.roles ?? [])
    .filter((one) => one.scope === 'project' && !one.retired)
    .map((one) => ({ value: one.id, label: one.title }));
  return (
    <form
      className="pl-stack"
      onSubmit={(event) => {
        event.preventDefault();
        if (whole === undefined) return;
        give.mutate(
          { params: { project: project.id }, body: whole },
          {
            onSuccess: ({ engagement }) => {
              say(`${engagement.person.name ?? 'The person'} is on ${project.alias} until ${dateText(until)}.`);
              close();
            },
          },
        );
      }}
    >
      <Select
        label="Person"
        data={personOptions}
        searchable
        value={person ?? null}
        nothingFoundMessage="Nobody is called that. Add people under People."
        data-autofocus
        onChange={(value) => {
          if (isId('person', value)) setPerson(value);
        }}
      />
      {/* Role ids come from the server's own list. */}
      <Select
        label="Role"
        data={roleOptions}
        searchable
        value={role ?? null}
        onChange={(value) => {
          if (value !== null) setRole(value as RoleId);
        }}
      />
      <DatePickerInput
        label="From"
        value={dayText(from)}
        minDate={dayText(now)}
        valueFormat="ddd D MMM YYYY"
        popoverProps={{ withinPortal: true }}
        onChange={(day) => {
          if (day === null) return;
          setFrom(dayStart(day));
          // As long as before, from the new day on.
          setUntil(dayEnd(dayText(until + dayStart(day) - from)));
        }}
      />
      <UntilField label="Until the end of" value={until} from={from} onChange={setUntil} />
      <HoursField value={hours} onChange={setHours} />
      {whole === undefined ? null : <Preview project={project.id} body={whole} />}
      {give.error === null ? null : <RefusedHere error={give.error} />}
      <div className="pl-actions pl-dialog-end">
        <Button variant="default" onClick={close}>
          Cancel
        </Button>
        <Button type="submit" disabled={whole === undefined} loading={give.isPending}>
          Give access
        </Button>
      </div>
    </form>
  );
}

function Preview({
  project,
  body,
}: {
  readonly project: ProjectId;
  readonly body: RequestTo<'preview-engagement'>['body'];
}) {
  const effect = useQuery({
    queryKey: ['preview-engagement', project, body],
    queryFn: () => call('preview-engagement', { params: { project }, body }),
  });
  if (effect.data !== undefined) return <Effect effect={effect.data} />;
  return effect.error === null ? null : <RefusedHere error={effect.error} />;
}
