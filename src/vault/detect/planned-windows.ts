/** Work that was announced: which paths may change much without an alarm. */
import type { PlannedChange } from '#model/backup-state.ts';

export type Window = Pick<PlannedChange, 'from' | 'until' | 'folders'>;

export interface Span {
  /** When the snapshot that is compared with was taken, and when this one was: ms since 1970. */
  readonly after: number;
  readonly at: number;
}

/** Whether a path lies in a folder that was announced for a time within the span. A window without folders is about everything. */
export function announcedIn(windows: readonly Window[], { after, at }: Span): (path: string) => boolean {
  const live = windows.filter(({ from, until }) => from <= at && until >= after);
  if (live.some(({ folders }) => folders.length === 0)) return () => true;
  const folders = live.flatMap((window) => window.folders.map((folder) => `${trimmed(folder)}/`));
  return (path) => folders.some((folder) => folder === '/' || path.startsWith(folder));
}

function trimmed(folder: string): string {
  return folder.replace(/^\/+|\/+$/g, '');
}
