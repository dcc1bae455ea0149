/** Requests that wait for a decision. */
import type { RequestView } from '#api/endpoints/views.ts';
import { call } from '../../data/client.ts';
import { useAct } from '../../data/query.ts';
import { withStepUp } from '../../data/step-up.ts';
import { ActButton } from '../../kit/act-button.tsx';
import { useConfirm } from '../../kit/confirm.tsx';
import { Moment } from '../../kit/moment.tsx';
import { Section } from '../../kit/page.tsx';
import { PersonName, ProjectName } from '../../kit/person-name.tsx';
import { say } from '../../kit/say.ts';
import { Notice, Status } from '../../kit/status.tsx';
import { Table } from '../../kit/table.tsx';
import { countText, dateText } from '../../kit/words.ts';

export function Requests({ requests }: { readonly requests: readonly RequestView[] }) {
  const decide = useAct('decide-request');
  const confirm = useConfirm();
  if (requests.length === 0) return null;
  const grant = (request: RequestView) => {
    const name = request.person.name ?? 'this person';
    confirm({
      title: `Grant what ${name} asks for?`,
      body: (
        <>
          {request.ask === 'access' ? `${request.role?.title ?? 'Access'} on ` : 'More time on '}
          {request.project.alias}, until {dateText(request.until)}.
          {request.contained ? (
            <Notice tone="bad">
              {name} is in quarantine: find out why first. What you grant works as soon as the quarantine is released.
            </Notice>
          ) : null}
        </>
      ),
      verb: 'Grant',
      effect: () => withStepUp(() => call('preview-decision', { params: { request: request.id } })),
      act: async () => {
        await decide.mutateAsync({ params: { request: request.id }, body: { granted: true } });
        say(`Granted: ${name} is on ${request.project.alias} until ${dateText(request.until)}.`);
      },
    });
  };
  const decline = (request: RequestView) =>
    confirm({
      title: 'Decline this request?',
      body: <>{request.person.name ?? 'The person'} will see your reason.</>,
      verb: 'Decline',
      reason: 'required',
      danger: true,
      act: (reason) =>
        decide.mutateAsync({
          params: { request: request.id },
          body: { granted: false, ...(reason === undefined ? {} : { reason }) },
        }),
    });
  const unless = (request: RequestView) =>
    request.may.includes('request.decide')
      ? undefined
      : 'Somebody else decides this one; nobody decides their own request.';
  return (
    <Section title="To decide" note={countText(requests.length, 'request')}>
      <Table
        label="Requests to decide"
        rows={requests}
        keyOf={(request) => request.id}
        columns={[
          {
            head: 'Who',
            cell: (request) => (
              <>
                <PersonName person={request.person} link />{' '}
                {request.contained ? <Status tone="bad">In quarantine</Status> : null}
              </>
            ),
          },
          {
            head: 'Asks for',
            cell: (request) => (
              <>
                {request.ask === 'access' ? `${request.role?.title ?? 'access'} on ` : 'more time on '}
                <ProjectName project={request.project} link />
              </>
            ),
          },
          { head: 'Until', cell: (request) => <Moment at={request.until} as="date" /> },
          { head: 'Why', cell: (request) => request.reason },
          {
            head: 'Decision',
            end: true,
            cell: (request) => (
              <span className="pl-row" style={{ justifyContent: 'flex-end', flexWrap: 'nowrap' }}>
                <ActButton size="compact-sm" onClick={() => grant(request)} unless={unless(request)}>
                  Grant…
                </ActButton>
                <ActButton
                  size="compact-sm"
                  variant="default"
                  onClick={() => decline(request)}
                  unless={unless(request)}
                >
                  Decline…
                </ActButton>
              </span>
            ),
          },
        ]}
      />
    </Section>
  );
}
