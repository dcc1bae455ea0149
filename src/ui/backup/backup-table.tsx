/** The newest backups of a project with every copy of each. */
import { Button } from '@mantine/core';
import { useState } from 'react';
import { Link } from 'react-router';
import type { BackupView } from '#api/endpoints/backup-views.ts';
import { Digest } from '../kit/digest.tsx';
import { Moment } from '../kit/moment.tsx';
import { Status } from '../kit/status.tsx';
import { Table } from '../kit/table.tsx';
import { bytesText, countText, durationText } from '../kit/words.ts';
import { paths } from '../paths.ts';
import { useBackups } from './backup-context.ts';
import { CONSISTENCIES } from './backup-words.ts';

const STEP = 8;

interface BackupTableProps {
  readonly alias: string;
  readonly backups: readonly BackupView[];
  readonly more: number;
}

export function BackupTable({ alias, backups, more }: BackupTableProps) {
  const { hat } = useBackups();
  const [shown, setShown] = useState(STEP);
  if (backups.length === 0) return <p className="pl-dim">No backup of {alias} was begun yet.</p>;
  return (
    <div>
      <Table
        label={`Backups of ${alias}`}
        rows={backups.slice(0, shown)}
        keyOf={({ id }) => id}
        columns={[
          { head: 'Taken', cell: (one) => <Moment at={one.taken?.startedAt ?? one.begunAt} /> },
          { head: 'State', cell: (one) => <BackupState backup={one} /> },
          { head: 'Content', cell: (one) => <Holds backup={one} /> },
          { head: 'Copies', cell: (one) => <Copies backup={one} /> },
          {
            head: 'Snapshot',
            cell: ({ taken }) =>
              taken === undefined ? '' : <Digest value={taken.snapshot} what="the snapshot’s id" />,
          },
          {
            head: 'Actions',
            end: true,
            cell: ({ id, standing }) =>
              standing === 'taken' ? (
                <Link className="pl-nowrap" to={paths.backups(hat, 'restore', { project: alias, backup: id })}>
                  Look inside
                </Link>
              ) : null,
          },
        ]}
      />
      {shown < backups.length ? (
        <Button mt={8} size="compact-sm" variant="default" onClick={() => setShown(shown + 5 * STEP)}>
          Older ones ({backups.length - shown})
        </Button>
      ) : more > 0 ? (
        <p className="pl-dim pl-small">{countText(more, 'older one')} in the ledger.</p>
      ) : null}
    </div>
  );
}

function BackupState({ backup: { standing, suspect, failure } }: { readonly backup: BackupView }) {
  if (suspect) return <Status tone="bad">Suspect: an alarm is about it</Status>;
  switch (standing) {
    case 'running':
      return <Status tone="info">Running</Status>;
    case 'taken':
      return <Status tone="ok">Taken</Status>;
    case 'expired':
      return <Status tone="quiet">Removed, its time was over</Status>;
    case 'failed':
      return (
        <span className="bk-two-lines">
          <Status tone="bad">Failed</Status>
          <span className="pl-dim pl-small">{failure?.says}</span>
        </span>
      );
  }
}

function Holds({ backup: { taken } }: { readonly backup: BackupView }) {
  if (taken === undefined) return null;
  const { files, bytes, addedBytes, unsteady, consistency, startedAt, finishedAt, attributesLack } = taken;
  return (
    <span className="bk-two-lines">
      <span>
        {countText(files, 'file')}, {bytesText(bytes)} <span className="pl-dim">(+{bytesText(addedBytes)})</span>
      </span>
      <span className="pl-dim pl-small">
        {durationText(finishedAt - startedAt)}, {CONSISTENCIES[consistency]}
        {unsteady === 0 ? '' : `; ${countText(unsteady, 'file')} changed or could not be read`}
      </span>
      {attributesLack === undefined ? null : (
        <Status tone="warn">Extended attributes and access lists lack: {attributesLack}</Status>
      )}
    </span>
  );
}

const VERIFIED = { written: 'written', listed: 'seen in the vault since', 'read-back': 'read back since' } as const;

function Copies({ backup: { copies } }: { readonly backup: BackupView }) {
  return (
    <ul className="bk-lags">
      {copies.map(({ vault, lockedUntil, verified, readBack }) => (
        <li key={vault.id}>
          {vault.name}{' '}
          <span className="pl-dim pl-small">
            {VERIFIED[verified]}
            {readBack === undefined || verified === 'read-back'
              ? ''
              : `, ${readBack.files} of ${countText(readBack.filesOf, 'file')} read back`}
            {lockedUntil === undefined ? (
              ''
            ) : (
              <>
                , locked until <Moment at={lockedUntil} as="date" />
              </>
            )}
          </span>
        </li>
      ))}
    </ul>
  );
}
