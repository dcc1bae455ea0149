/** What needs a person now. */
import { Link } from 'react-router';
import type { AnswerOf } from '#api/endpoints.ts';
import { useAnswer } from '../../data/query.ts';
import { useViewer } from '../../data/viewer.ts';
import { Answer, Empty } from '../../kit/answer.tsx';
import { Page, Section } from '../../kit/page.tsx';
import { Notice } from '../../kit/status.tsx';
import { countText, dateText } from '../../kit/words.ts';
import { BackupToday } from '../../backup/backup-today.tsx';
import { NetworkToday } from '../../network/network-today.tsx';
import { paths } from '../../paths.ts';
import { CutLine } from '../receipts.tsx';
import { SessionTable } from '../session-table.tsx';
import { Expiring, RolesEnding } from './ending-soon.tsx';
import { NowBlock, useNowLines } from './now-block.tsx';
import { Recoveries } from './recoveries.tsx';
import { Refused } from './refused.tsx';
import { Requests } from './requests.tsx';
import { Stopped } from './stopped.tsx';

const SHOWN_MAX = 8;

export function Today() {
  const viewer = useViewer();
  const today = useAnswer('today', { query: {} });
  const lines = useNowLines(today.data);
  return (
    <Page title="Today" lead={`${dateText(today.data?.now ?? Date.now())} at ${viewer.facility}`}>
      <NowBlock lines={lines} />
      <Answer of={today} rows={8}>
        {(found) => <TodayBody found={found} isCalm={lines.length === 0} />}
      </Answer>
      <BackupToday />
      <NetworkToday />
    </Page>
  );
}

function TodayBody({ found, isCalm }: { readonly found: AnswerOf<'today'>; readonly isCalm: boolean }) {
  const quiet = [
    found.expiring,
    found.rolesEnding,
    found.requests,
    found.recoveries,
    found.refused,
    found.sessions,
    found.dormant,
    found.locked,
    found.cuts,
    found.notices,
  ].every((list) => list.length === 0);
  if (quiet && !isCalm) return null;
  if (quiet)
    return (
      <Empty isGood title="Nothing needs you">
        No access ends soon, nobody asks for anything, nothing was refused.
      </Empty>
    );
  return (
    <>
      {found.notices.length === 0 ? null : (
        <div className="pl-stack">
          {found.notices.map((notice) => (
            <Notice key={notice.code + notice.message} tone="warn">
              {notice.message}
            </Notice>
          ))}
        </div>
      )}
      <Requests requests={found.requests} />
      <Recoveries recoveries={found.recoveries} />
      <Expiring engagements={found.expiring} />
      <RolesEnding roles={found.rolesEnding} />
      <Stopped people={[...found.locked, ...found.dormant]} />
      <Section
        title="Live now"
        note={countText(found.sessions.length, 'session')}
        actions={<Link to={paths.sessions()}>All sessions</Link>}
      >
        {found.sessions.length === 0 ? (
          <Empty title="Nobody is connected" />
        ) : (
          <SessionTable sessions={found.sessions.slice(0, SHOWN_MAX)} label="Live sessions" />
        )}
      </Section>
      <Refused entries={found.refused} />
      {found.cuts.length === 0 ? null : (
        <Section title="Access ended in the last day">
          <div className="pl-card">
            {found.cuts.slice(0, SHOWN_MAX).map((cut) => (
              <CutLine key={cut.id} cut={cut} />
            ))}
          </div>
        </Section>
      )}
    </>
  );
}
