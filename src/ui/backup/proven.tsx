/** Days since a restore was last proved: the one number about backups. */
import type { BackupsView } from '#api/endpoints/backup-views.ts';
import { Status } from '../kit/status.tsx';
import { countText } from '../kit/words.ts';
import { provenState } from './backup-words.ts';

export function ProvenStatus({ backups }: { readonly backups: BackupsView }) {
  const { lastAt } = backups.proven;
  const [tone, days] = provenState(lastAt, backups.now);
  return (
    <Status tone={tone}>
      {lastAt === undefined
        ? 'No restore was ever proved'
        : `Last proven restore: ${days === '0' ? 'today' : `${countText(Number(days), 'day')} ago`}`}
    </Status>
  );
}
