/** Restores, newest first: who asked, why, where it came to. */
import type { ProgressView, RestoreView } from '#api/endpoints/backup-views.ts';
import { useAnswer } from '../data/query.ts';
import { Moment } from '../kit/moment.tsx';
import { Section } from '../kit/page.tsx';
import { PersonName } from '../kit/person-name.tsx';
import { Status } from '../kit/status.tsx';
import { Table } from '../kit/table.tsx';
import { bytesText, countText, measuredText } from '../kit/words.ts';
import { useBackups } from './backup-context.ts';
import { ReportButton } from './everywhere.tsx';
import { RunningLine } from './running.tsx';

const FOLLOW_MS = 1000;
const REFRESH_MS = 15_000;

export function Restores() {
  const { at } = useBackups();
  const calm = useAnswer('list-restores', { query: { at } }, { keep: true });
  const isBusy = calm.data?.restores.some(({ finished }) => finished === undefined) === true;
  const answer = useAnswer(
    'list-restores',
    { query: { at } },
    { keep: true, ...(at === undefined ? { everyMs: isBusy ? FOLLOW_MS : REFRESH_MS } : {}) },
  );
  const restores = answer.data?.restores ?? [];
  if (restores.length === 0) return null;
  return (
    <Section title="Restores" note="Every one is an entry of the ledger">
      <Table
        label="Restores"
        rows={restores}
        keyOf={({ id }) => id}
        columns={[
          { head: 'Begun', cell: ({ begunAt }) => <Moment at={begunAt} /> },
          {
            head: 'What',
            cell: ({ project, path, showsAt }) => (
              <span className="bk-two-lines">
                <span>
                  {project.alias} <code>{path === '' ? 'everything' : path}</code>
                </span>
                {showsAt === undefined ? null : (
                  <span className="pl-dim pl-small">
                    as it was <Moment at={showsAt} />
                  </span>
                )}
              </span>
            ),
          },
          { head: 'Where to', cell: (one) => <Where restore={one} /> },
          {
            head: 'By',
            cell: ({ begunBy, reason }) => (
              <span className="bk-two-lines">
                <span>{begunBy === undefined ? 'the console' : <PersonName person={begunBy} />}</span>
                <span className="pl-dim pl-small">“{reason}”</span>
              </span>
            ),
          },
          { head: 'State', cell: (one) => <RestoreState restore={one} running={answer.data?.running ?? []} /> },
        ]}
      />
    </Section>
  );
}

function Where({ restore }: { readonly restore: RestoreView }) {
  const { id, mode, finished, newestClean, touchedBy } = restore;
  return (
    <span className="bk-two-lines">
      <span>{mode === 'aside' ? 'beside what is there' : 'in its place'}</span>
      <span className="pl-dim pl-small pl-break">
        {newestClean ? 'newest clean of each file. ' : ''}
        {touchedBy === undefined ? null : (
          <>
            what <PersonName person={touchedBy} /> touched.{' '}
          </>
        )}
        {finished?.to ?? ''}
      </span>
      {finished?.sources === undefined ? null : (
        <span className="pl-small">
          from {countText(finished.sources.length, 'snapshot')}
          {(finished.leftOut ?? 0) === 0 ? '' : `, ${countText(finished.leftOut ?? 0, 'file')} left out`}{' '}
          <ReportButton restore={id} isOne={finished.sources.length === 1} />
        </span>
      )}
    </span>
  );
}

interface RestoreStateProps {
  readonly restore: RestoreView;
  readonly running: readonly ProgressView[];
}

function RestoreState({ restore: { id, finished }, running }: RestoreStateProps) {
  const progress = running.find((one) => one.id === id);
  if (progress !== undefined) return <RunningLine progress={progress} />;
  if (finished === undefined) return <Status tone="info">Waiting for the backup service</Status>;
  const { files, bytes, failed, failures = [], ms } = finished;
  return (
    <span className="bk-two-lines">
      <Status tone={failed === 0 ? 'ok' : 'bad'}>
        {failed === 0 ? 'Done' : `${countText(failed, 'file')} failed`}
      </Status>
      <span className="pl-dim pl-small">
        {countText(files, 'file')}, {bytesText(bytes)} in {measuredText(ms)}
      </span>
      {failures.map(({ path, why }) => (
        <span key={path} className="pl-small pl-break" title={why}>
          {path === '' ? 'the file itself' : path}
        </span>
      ))}
    </span>
  );
}
