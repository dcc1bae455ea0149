/** People who cannot get in, or soon will not, and what lets them go on. */
import type { PersonView } from '#api/endpoints/views.ts';
import { useAct } from '../../data/query.ts';
import { ActButton, lacking } from '../../kit/act-button.tsx';
import { useConfirm } from '../../kit/confirm.tsx';
import { Moment } from '../../kit/moment.tsx';
import { Section } from '../../kit/page.tsx';
import { PersonName } from '../../kit/person-name.tsx';
import { StateOf, Status } from '../../kit/status.tsx';
import { Table } from '../../kit/table.tsx';
import { LastSeen } from '../person-standing.tsx';

export function Stopped({ people }: { readonly people: readonly PersonView[] }) {
  if (people.length === 0) return null;
  return (
    <Section title="Locked or dormant" note="People who cannot get in, or soon will not">
      <Table
        label="Locked or dormant"
        rows={people}
        keyOf={(person) => person.id}
        columns={[
          { head: 'Who', cell: (person) => <PersonName person={person} link /> },
          {
            head: 'State',
            cell: (person) => <StandingOf person={person} />,
          },
          { head: 'Last seen', cell: (person) => <LastSeen person={person} /> },
          { head: 'Next step', end: true, cell: (person) => <NextStep person={person} /> },
        ]}
      />
    </Section>
  );
}

function StandingOf({ person }: { readonly person: PersonView }) {
  if (person.locked) return <Status tone="bad">Locked after {person.failures} wrong tries</Status>;
  if (person.standing !== 'active' || person.dormantAt === undefined) return <StateOf state={person.standing} />;
  return (
    <Status tone="warn">
      <span>
        Dormant <Moment at={person.dormantAt} />
      </span>
    </Status>
  );
}

/** What lets the person go on: an act of the viewer's, or of the person's own. */
function NextStep({ person }: { readonly person: PersonView }) {
  const [unlock, restore] = [useAct('unlock-person'), useAct('restore-person')];
  const confirm = useConfirm();
  const name = person.name ?? 'this person';
  const params = { person: person.id };
  const unless = lacking(person.may, 'person.restore');
  if (person.locked)
    return (
      <ActButton
        size="compact-sm"
        variant="default"
        unless={unless}
        onClick={() =>
          confirm({
            title: `Unlock ${name}?`,
            body: 'Call first, on a number that you know: was it really that person who mistyped? If not, end all access instead.',
            verb: 'Unlock',
            act: () => unlock.mutateAsync({ params, body: {} }),
          })
        }
      >
        Unlock…
      </ActButton>
    );
  if (person.standing === 'active')
    return <span className="pl-dim">Signs in once before then, or is suspended by the clock</span>;
  return (
    <ActButton
      size="compact-sm"
      variant="default"
      unless={unless}
      onClick={() =>
        confirm({
          title: `Restore ${name}?`,
          body: 'Engagements that still run work again.',
          verb: 'Restore',
          reason: 'required',
          act: (reason) => restore.mutateAsync({ params, body: { reason: reason ?? '' } }),
        })
      }
    >
      Restore…
    </ActButton>
  );
}
