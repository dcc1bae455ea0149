/** On Today: days since the last proven restore, and which copies are behind or missing; what is urgent stands in the block Now. */
import { Link } from 'react-router';
import type { BackupsView } from '#api/endpoints/backup-views.ts';
import { useAnswer } from '../data/query.ts';
import { useViewer } from '../data/viewer.ts';
import { Section } from '../kit/page.tsx';
import { Status } from '../kit/status.tsx';
import { countText } from '../kit/words.ts';
import { paths } from '../paths.ts';
import { lagState, provenState } from './backup-words.ts';
import './backup.css';

/** What the block Now and the lines above them say already. */
const SAID_ELSEWHERE: ReadonlySet<string> = new Set(['alarm', 'late', 'clock-doubt', 'copy-behind', 'no-backup']);
const TROUBLES_SHOWN_MAX = 5;

export function BackupToday() {
  const viewer = useViewer();
  const enabled = viewer.may.includes('backup.see');
  const answer = useAnswer('backups', { query: {} }, { enabled });
  if (!enabled || answer.data === undefined) return null;
  return <Lines backups={answer.data} />;
}

function Lines({ backups }: { readonly backups: BackupsView }) {
  const { proven, policies, alarms, unprotected, vaults, troubles, now } = backups;
  const [tone, days] = provenState(proven.lastAt, now);
  const others = troubles.filter(({ code }) => !SAID_ELSEWHERE.has(code));
  const late = policies.filter((policy) => policy.late);
  const open = alarms.filter(({ settled }) => settled === undefined);
  const doubts = vaults.filter(({ clockDoubt }) => clockDoubt !== undefined);
  const behind = policies.filter(({ lags, rpoMs }) =>
    lags.some(({ showsAt }) => lagState(showsAt, rpoMs, now)[0] === 'bad'),
  );
  return (
    <Section title="Backups" actions={<Link to={paths.backups('facility')}>All backups</Link>}>
      <div className="pl-card bk-today">
        <Link className={`bk-days pl-tone-${tone}`} to={paths.backups('facility', 'drills')}>
          <strong>{days === 'never' ? '∞' : days}</strong>
          <span>{proven.lastAt === undefined ? 'no restore was ever proved' : 'days since last proven restore'}</span>
        </Link>
        <ul>
          {behind.length === 0 ? null : (
            <li>
              <Status tone="warn">
                {countText(behind.length, 'policy has', 'policies have')} a copy further behind than is wanted
              </Status>
            </li>
          )}
          {unprotected.length === 0 ? null : (
            <li>
              <Status tone="warn">
                {countText(unprotected.length, 'project has', 'projects have')} no backup:{' '}
                {unprotected.map(({ alias }) => alias).join(', ')}
              </Status>
            </li>
          )}
          {others.slice(0, TROUBLES_SHOWN_MAX).map(({ code, weight, says, next, project, vault }) => (
            <li key={`${code} ${project?.id ?? ''} ${vault?.id ?? ''}`} title={next}>
              <Status tone={weight === 'look' ? 'bad' : 'info'}>{says}</Status>
            </li>
          ))}
          {others.length > TROUBLES_SHOWN_MAX ? (
            <li>
              <Status tone="bad">{countText(others.length - TROUBLES_SHOWN_MAX, 'more thing')} to look at</Status>
            </li>
          ) : null}
          {late.length + open.length + doubts.length + unprotected.length + behind.length + others.length === 0 ? (
            <li>
              <Status tone="ok">Every project is copied on time</Status>
            </li>
          ) : null}
        </ul>
      </div>
    </Section>
  );
}
