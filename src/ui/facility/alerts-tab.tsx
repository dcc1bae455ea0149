/** How somebody is told who does not look at these pages: the ways out, what fails, and a test. */
import type { AnswerOf } from '#api/endpoints.ts';
import { useAct, useAnswer } from '../data/query.ts';
import { useViewer } from '../data/viewer.ts';
import { ActButton, lacking } from '../kit/act-button.tsx';
import { Answer, Empty } from '../kit/answer.tsx';
import { Moment } from '../kit/moment.tsx';
import { say, sayRefused } from '../kit/say.ts';
import { Status } from '../kit/status.tsx';
import { Table } from '../kit/table.tsx';
import { countText } from '../kit/words.ts';

type Way = AnswerOf<'see-alerts'>['ways'][number];

const REFRESH_MS = 5000;

export function AlertsTab() {
  const alerts = useAnswer('see-alerts', { query: {} }, { everyMs: REFRESH_MS });
  return (
    <Answer of={alerts}>
      {({ ways, dropped }) => (
        <div className="pl-stack">
          {ways.length === 0 ? (
            <Empty title="Nobody is told outside these pages">
              Start Picturelock with <code>--alert-command</code> or <code>--alert-webhook</code>: late backups, failed
              drills, suspected attacks, quarantines, drift, and access that is about to end are told that way.
            </Empty>
          ) : (
            <Table
              label="Ways"
              rows={ways}
              keyOf={({ way }) => way}
              columns={[
                { head: 'Way', cell: ({ way }) => (way === 'command' ? 'Command' : 'Webhook') },
                { head: 'To', cell: ({ to }) => <code>{to}</code> },
                { head: 'Last taken', cell: ({ sentAt }) => (sentAt === undefined ? 'never' : <Moment at={sentAt} />) },
                { head: 'Now', cell: (way) => <Standing way={way} /> },
              ]}
            />
          )}
          {dropped === 0 ? null : (
            <Status tone="bad">
              {countText(dropped, 'alert was', 'alerts were')} forgotten untold: too many waited
            </Status>
          )}
          <Test ways={ways} />
        </div>
      )}
    </Answer>
  );
}

function Standing({ way: { failing, waiting } }: { readonly way: Way }) {
  if (failing !== undefined)
    return (
      <Status tone="bad">
        Not taken ({failing.code}), {countText(failing.tries, 'try', 'tries')}, since <Moment at={failing.since} />
      </Status>
    );
  return waiting === 0 ? (
    <Status tone="ok">All told</Status>
  ) : (
    <Status tone="info">{countText(waiting, 'matter')} on the way</Status>
  );
}

function Test({ ways }: { readonly ways: readonly Way[] }) {
  const viewer = useViewer();
  const test = useAct('test-alert');
  return (
    <ActButton
      loading={test.isPending}
      style={{ alignSelf: 'flex-start' }}
      unless={
        lacking(viewer.may, 'facility.configure') ?? (ways.length === 0 ? 'There is no way to test yet.' : undefined)
      }
      onClick={() => test.mutate({}, { onSuccess: () => say('A test is on its way.'), onError: sayRefused })}
    >
      Send a test alert
    </ActButton>
  );
}
