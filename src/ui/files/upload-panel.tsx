/** What goes up now: progress, rate, time left, pause, resume, and why something was refused. */
import { Button, Progress } from '@mantine/core';
import { IconPlayerPause, IconPlayerPlay, IconX } from '@tabler/icons-react';
import { useSyncExternalStore } from 'react';
import { Status } from '../kit/status.tsx';
import type { Tone } from '../kit/status.tsx';
import { bytesText, countText, durationText, rateText } from '../kit/words.ts';
import { leftMs, rateOf } from './speed.ts';
import { clearDone, currentUploads, dropUpload, pauseUpload, resumeUpload, subscribeUploads } from './upload-queue.ts';
import type { QueuedUpload, UploadState } from './upload-queue.ts';

const SHOWN_MAX = 60;
const ORDER: readonly UploadState[] = ['refused', 'broken', 'retrying', 'running', 'paused', 'waiting', 'done'];
const STATES: Readonly<Record<UploadState, readonly [Tone, string]>> = {
  waiting: ['quiet', 'Waiting'],
  running: ['info', 'Uploading'],
  retrying: ['warn', 'Waiting for the server'],
  paused: ['held', 'Paused'],
  done: ['ok', 'Arrived whole'],
  refused: ['bad', 'Refused'],
  broken: ['warn', 'Broken off'],
};

export function UploadPanel({ project }: { readonly project: string }) {
  const uploads = useSyncExternalStore(subscribeUploads, currentUploads).filter((one) => one.project === project);
  if (uploads.length === 0) return null;
  const done = uploads.filter((one) => one.state === 'done').length;
  const shown = [...uploads].sort((a, b) => ORDER.indexOf(a.state) - ORDER.indexOf(b.state)).slice(0, SHOWN_MAX);
  return (
    <section className="pl-card up" aria-label="Uploads">
      <div className="pl-spread pl-pad" style={{ paddingBlock: 10 }}>
        <span className="pl-strong">
          {done} of {countText(uploads.length, 'file')} arrived
        </span>
        <Button size="compact-sm" variant="subtle" disabled={done === 0} onClick={clearDone}>
          Clear finished
        </Button>
      </div>
      <ul>
        {shown.map((one) => (
          <UploadLine key={one.id} upload={one} />
        ))}
      </ul>
      {uploads.length > SHOWN_MAX ? (
        <p className="pl-dim pl-small pl-pad">and {uploads.length - SHOWN_MAX} more</p>
      ) : null}
    </section>
  );
}

function amountText({ state, why, sentBytes, sizeBytes }: QueuedUpload): string {
  if (why !== undefined) return `${why.message} ${why.ask ?? ''}`;
  if (state === 'retrying')
    return `${bytesText(sizeBytes)}: what arrived is kept, and the rest goes on by itself when the server is back`;
  return `${bytesText(sentBytes)} of ${bytesText(sizeBytes)}`;
}

function UploadLine({ upload }: { readonly upload: QueuedUpload }) {
  const [tone, word] = STATES[upload.state];
  const percent =
    upload.sizeBytes === 0 ? (upload.state === 'done' ? 100 : 0) : (upload.sentBytes / upload.sizeBytes) * 100;
  const rate = upload.state === 'running' ? rateOf(upload.samples) : undefined;
  const left = upload.state === 'running' ? leftMs(upload.samples, upload.sizeBytes) : undefined;
  const stopped = upload.state === 'paused' || upload.state === 'broken';
  return (
    <li>
      <div className="pl-spread" style={{ flexWrap: 'nowrap' }}>
        <span className="pl-break">{upload.name}</span>
        <span className="pl-row" style={{ flexWrap: 'nowrap', gap: 2 }}>
          <Status tone={tone}>{word}</Status>
          {upload.state === 'running' || upload.state === 'retrying' || upload.state === 'waiting' ? (
            <button
              type="button"
              className="pl-icon-button"
              aria-label={`Pause ${upload.name}`}
              onClick={() => pauseUpload(upload.id)}
            >
              <IconPlayerPause size={15} aria-hidden />
            </button>
          ) : null}
          {stopped ? (
            <button
              type="button"
              className="pl-icon-button"
              aria-label={`Resume ${upload.name}`}
              onClick={() => resumeUpload(upload.id)}
            >
              <IconPlayerPlay size={15} aria-hidden />
            </button>
          ) : null}
          <button
            type="button"
            className="pl-icon-button"
            aria-label={`Remove ${upload.name} from this list`}
            onClick={() => dropUpload(upload.id)}
          >
            <IconX size={15} aria-hidden />
          </button>
        </span>
      </div>
      {upload.state === 'done' || upload.state === 'refused' ? null : (
        <Progress value={percent} size={5} aria-label={`Progress of ${upload.name}`} />
      )}
      <span className="pl-dim pl-small">
        {amountText(upload)}
        {rate === undefined ? '' : ` · ${rateText(rate)}`}
        {left === undefined ? '' : ` · ${durationText(left)} left`}
      </span>
    </li>
  );
}
