/** What every tab of the backups' pages shares: backups as they are shown, and whether that is the past. */
import { createContext, useContext } from 'react';
import type { BackupsView } from '#api/endpoints/backup-views.ts';
import { Bug } from '#std/assert.ts';
import type { Hat } from '../paths.ts';

export interface ShownBackups {
  readonly backups: BackupsView;
  readonly hat: Exclude<Hat, 'studio'>;
  /** The instant in the address; undefined is now. */
  readonly at: number | undefined;
}

export const BackupContext = createContext<ShownBackups | undefined>(undefined);

export function useBackups(): ShownBackups {
  const shown = useContext(BackupContext);
  if (shown === undefined) throw new Bug('a part of the backups outside of its page');
  return shown;
}

/** Why nothing can be changed from here, or undefined. */
export function pastReason({ at }: ShownBackups): string | undefined {
  return at === undefined ? undefined : 'This is the past: go back to now first.';
}
