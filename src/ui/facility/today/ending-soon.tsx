/** Access that stops by itself: engagements and facility roles near their end, with more time two clicks away. */
import type { AnswerOf } from '#api/endpoints.ts';
import type { EngagementView } from '#api/endpoints/views.ts';
import { useAct } from '../../data/query.ts';
import { ActButton, lacking } from '../../kit/act-button.tsx';
import { Empty } from '../../kit/answer.tsx';
import { Moment } from '../../kit/moment.tsx';
import { Section } from '../../kit/page.tsx';
import { PersonName, ProjectName } from '../../kit/person-name.tsx';
import { Table } from '../../kit/table.tsx';
import { ExtendButtons, useEndEngagement } from '../engagement-acts.tsx';
import { LaterButtons } from '../later-buttons.tsx';

export function Expiring({ engagements }: { readonly engagements: readonly EngagementView[] }) {
  const end = useEndEngagement();
  return (
    <Section title="Ending soon" note="Access that stops by itself within 14 days">
      {engagements.length === 0 ? (
        <Empty isGood title="No access ends in the next 14 days" />
      ) : (
        <Table
          label="Ending soon"
          rows={engagements}
          keyOf={(one) => one.id}
          columns={[
            { head: 'Who', cell: (one) => <PersonName person={one.person} link /> },
            {
              head: 'On',
              cell: (one) => (
                <>
                  <ProjectName project={one.project} link /> <span className="pl-dim">{one.role.title}</span>
                </>
              ),
            },
            { head: 'Ends', cell: (one) => <Moment at={one.until} /> },
            {
              head: 'Actions',
              end: true,
              cell: (one) => (
                <span className="pl-row" style={{ justifyContent: 'flex-end', flexWrap: 'nowrap' }}>
                  <ExtendButtons engagement={one} />
                  <ActButton
                    size="compact-sm"
                    variant="default"
                    onClick={() => end(one)}
                    unless={
                      one.may.includes('engagement.end')
                        ? undefined
                        : 'You may not end this. Ask the project’s producer.'
                    }
                  >
                    End now…
                  </ActButton>
                </span>
              ),
            },
          ]}
        />
      )}
    </Section>
  );
}

type RoleEnding = AnswerOf<'today'>['rolesEnding'][number];

export function RolesEnding({ roles }: { readonly roles: readonly RoleEnding[] }) {
  if (roles.length === 0) return null;
  return (
    <Section title="Facility roles ending soon" note="Without them nobody may do what they allow">
      <Table
        label="Facility roles ending soon"
        rows={roles}
        keyOf={({ person, role }) => `${person.id} ${role.id}`}
        columns={[
          { head: 'Who', cell: ({ person }) => <PersonName person={person} link /> },
          { head: 'Role', cell: ({ role }) => role.title },
          { head: 'Ends', cell: ({ until }) => <Moment at={until} /> },
          {
            head: 'Actions',
            end: true,
            cell: (ending) => (
              <span className="pl-row" style={{ justifyContent: 'flex-end' }}>
                <ExtendRole ending={ending} />
              </span>
            ),
          },
        ]}
      />
    </Section>
  );
}

/** Every other role keeps the end that it has. */
function ExtendRole({ ending: { person, role, until } }: { readonly ending: RoleEnding }) {
  const change = useAct('change-roles');
  const extend = (to: number) => {
    const roles = person.roles.map((held) => ({
      role: held.role.id,
      until: held.role.id === role.id ? to : held.until,
    }));
    return change.mutateAsync({ params: { person: person.id }, body: { roles } });
  };
  return (
    <LaterButtons
      from={until}
      lengths={[
        ['1 month', 30],
        ['6 months', 183],
        ['1 year', 365],
      ]}
      extend={extend}
      done={(to) => `${person.name ?? 'This person'} stays ${role.title.toLowerCase()} until ${to}.`}
      unless={lacking(person.may, 'person.assign-roles')}
    />
  );
}
