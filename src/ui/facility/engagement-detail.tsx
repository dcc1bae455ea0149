/** One engagement: what it is, how it came about, and what can be done about it. */
import { Link } from 'react-router';
import type { EngagementView } from '#api/endpoints/views.ts';
import { ActButton } from '../kit/act-button.tsx';
import { Moment } from '../kit/moment.tsx';
import { Facts, Section } from '../kit/page.tsx';
import { PersonName } from '../kit/person-name.tsx';
import { StateOf } from '../kit/status.tsx';
import { hoursText } from '../kit/words.ts';
import { codeText } from '../ledger/code-words.ts';
import { paths } from '../paths.ts';
import { ExtendButtons, useEndEngagement } from './engagement-acts.tsx';
import { ServiceTokens } from './service-tokens.tsx';

export function EngagementDetail({
  engagement,
  past,
}: {
  readonly engagement: EngagementView | undefined;
  readonly past: boolean;
}) {
  const end = useEndEngagement();
  if (engagement === undefined)
    return (
      <p className="pl-dim pl-small" style={{ marginTop: 12 }}>
        Choose a bar to see the engagement, extend it or end it.
      </p>
    );
  const running = engagement.state === 'live' || engagement.state === 'coming' || engagement.state === 'held';
  return (
    <>
      <Section
        title={`${engagement.person.name ?? 'Sealed name'}, ${engagement.role.title}`}
        note={<StateOf state={engagement.state} />}
        actions={
          running && !past ? (
            <>
              <ExtendButtons engagement={engagement} />
              <ActButton
                size="compact-sm"
                color="red"
                variant="light"
                onClick={() => end(engagement)}
                unless={
                  engagement.may.includes('engagement.end')
                    ? undefined
                    : 'You may not end this. Ask the project’s producer.'
                }
              >
                End…
              </ActButton>
            </>
          ) : null
        }
      >
        <div className="pl-card pl-pad">
          <Facts
            facts={[
              ['Person', <PersonName person={engagement.person} link />],
              ['From', <Moment at={engagement.from} as="full" />],
              ['Until', <Moment at={engagement.until} as="full" />],
              engagement.hours === undefined ? undefined : ['Daily hours', hoursText(engagement.hours)],
              [
                'Given',
                <>
                  by {engagement.givenBy === undefined ? 'Picturelock' : <PersonName person={engagement.givenBy} />},{' '}
                  <Moment at={engagement.givenAt} />
                </>,
              ],
              engagement.ended === undefined
                ? undefined
                : [
                    'Ended',
                    <>
                      {codeText(engagement.ended.because)}, {engagement.ended.by?.name ?? 'Picturelock'},{' '}
                      <Moment at={engagement.ended.at} />
                    </>,
                  ],
              [
                'In the ledger',
                <Link to={paths.ledger('facility', { engagement: engagement.id })}>Everything done under it</Link>,
              ],
            ]}
          />
        </div>
      </Section>
      {past ? null : <TokensOf engagement={engagement} />}
    </>
  );
}

/** People sign in as themselves and have no tokens. */
function TokensOf({ engagement }: { readonly engagement: EngagementView }) {
  const { nature } = engagement;
  return nature === 'service' ? <ServiceTokens key={engagement.id} engagement={engagement} /> : null;
}
