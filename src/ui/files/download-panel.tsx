/** Sequences that come down now: how far, and a way to stop. */
import { Progress } from '@mantine/core';
import { IconX } from '@tabler/icons-react';
import { Status } from '../kit/status.tsx';
import type { Tone } from '../kit/status.tsx';
import { bytesText, countText } from '../kit/words.ts';
import { forgetDownload, stopDownload, useDownloads } from './sequence-download.ts';
import type { SequenceDownload } from './sequence-download.ts';

const STATES: Readonly<Record<SequenceDownload['state'], readonly [Tone, string]>> = {
  running: ['info', 'Downloading'],
  done: ['ok', 'All frames saved'],
  stopped: ['held', 'Stopped'],
  failed: ['bad', 'Broken off'],
};

export function DownloadPanel({ project }: { readonly project: string }) {
  const downloads = useDownloads(project);
  if (downloads.length === 0) return null;
  return (
    <section className="pl-card up" aria-label="Downloads">
      <ul>
        {downloads.map((one) => (
          <DownloadLine key={one.id} download={one} />
        ))}
      </ul>
    </section>
  );
}

function DownloadLine({ download }: { readonly download: SequenceDownload }) {
  const { id, name, state, savedCount, count, savedBytes, why } = download;
  const [tone, word] = STATES[state];
  const running = state === 'running';
  return (
    <li>
      <div className="pl-spread" style={{ flexWrap: 'nowrap' }}>
        <span className="pl-break">{name}</span>
        <span className="pl-row" style={{ flexWrap: 'nowrap', gap: 2 }}>
          <Status tone={tone}>{word}</Status>
          <button
            type="button"
            className="pl-icon-button"
            aria-label={running ? `Stop downloading ${name}` : `Remove ${name} from this list`}
            onClick={() => (running ? stopDownload(id) : forgetDownload(id))}
          >
            <IconX size={15} aria-hidden />
          </button>
        </span>
      </div>
      {running ? <Progress value={(savedCount / count) * 100} size={5} aria-label={`Progress of ${name}`} /> : null}
      <span className="pl-dim pl-small">
        {savedCount} of {countText(count, 'frame')}, {bytesText(savedBytes)}
        {why === undefined ? '' : ` · ${why}`}
      </span>
    </li>
  );
}
