/** Work that runs now: how far it is, how fast, how long it takes yet. */
import { Progress } from '@mantine/core';
import type { ProgressView } from '#api/endpoints/backup-views.ts';
import { bytesText, countText, durationText, rateText } from '../kit/words.ts';
import { useBackups } from './backup-context.ts';

const WORK = { backup: 'Backup', copy: 'Copy to another vault', drill: 'Drill', restore: 'Restore' } as const;

export function Running() {
  const { running } = useBackups().backups;
  if (running.length === 0) return null;
  return (
    <div className="pl-card pl-pad pl-stack" style={{ marginBottom: 14 }}>
      {running.map((one) => (
        <RunningLine key={one.id} progress={one} />
      ))}
    </div>
  );
}

export function RunningLine({ progress }: { readonly progress: ProgressView }) {
  const { work, project, files, doneBytes, ofBytes, bytesPerSecond, leftMs } = progress;
  const share = ofBytes === undefined || ofBytes === 0 ? undefined : Math.min(100, (doneBytes / ofBytes) * 100);
  return (
    <div className="bk-running">
      <span>
        <span className="pl-strong">{WORK[work]}</span>
        {project === undefined ? '' : ` of ${project.alias}`}
      </span>
      {/* How much there is to do is not known at once: an empty bar promises nothing, a full one would look done. */}
      <Progress
        value={share ?? 0}
        aria-label={`${WORK[work]}${share === undefined ? '' : `, ${Math.floor(share)} percent`}`}
      />
      <span className="pl-dim pl-small">
        {files === 0 && doneBytes === 0
          ? 'Beginning'
          : `${countText(files, 'file')}, ${bytesText(doneBytes)}${ofBytes === undefined ? '' : ` of ${bytesText(ofBytes)}`}, ${rateText(bytesPerSecond)}`}
        {leftMs === undefined ? '' : `, ${durationText(leftMs)} left`}
      </span>
    </div>
  );
}
