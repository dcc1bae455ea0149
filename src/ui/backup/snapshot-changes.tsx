/** What came, went, moved or became different from an earlier snapshot to this one; what went or was overwritten can be restored from where it is. */
import { Select } from '@mantine/core';
import { IconArrowRight, IconMinus, IconPencil, IconPlus } from '@tabler/icons-react';
import { useState } from 'react';
import type { DiffEntryView, SnapshotDiffView } from '#api/endpoints/backup-views.ts';
import { useAnswer } from '../data/query.ts';
import { ActButton } from '../kit/act-button.tsx';
import { Answer, Empty } from '../kit/answer.tsx';
import { Table } from '../kit/table.tsx';
import { absoluteText, bytesText, countText } from '../kit/words.ts';
import { pastReason, useBackups } from './backup-context.ts';
import { RestoreDialog } from './restore-dialog.tsx';
import type { Shot } from './snapshots.ts';

const CHANGES = {
  added: { Icon: IconPlus, says: 'came', className: 'pl-tone-ok' },
  removed: { Icon: IconMinus, says: 'went', className: 'pl-tone-bad' },
  changed: { Icon: IconPencil, says: 'changed', className: 'pl-tone-warn' },
  moved: { Icon: IconArrowRight, says: 'moved', className: 'pl-tone-info' },
} as const;
const CHANGE_KINDS = ['added', 'changed', 'removed', 'moved'] as const;
/** To choose among: further back is asked for by its time, over the command line. */
const OLDER_MAX = 500;

interface ChangesProps {
  readonly alias: string;
  /** Oldest first. */
  readonly shots: readonly Shot[];
  readonly index: number;
}

export function SnapshotChanges({ alias, shots, index }: ChangesProps) {
  const [chosen, setChosen] = useState<string>();
  const older = shots.slice(Math.max(0, index - OLDER_MAX), index).toReversed();
  const shot = shots[index];
  const against = older.find(({ backup }) => backup.id === chosen) ?? older[0];
  if (shot === undefined || against === undefined)
    return <Empty title="This is the first snapshot">There is none before it to compare it with.</Empty>;
  return (
    <>
      <Select
        label="Compared with"
        searchable
        allowDeselect={false}
        maw={340}
        mb={12}
        data={older.map(({ backup, showsAt }) => ({ value: backup.id, label: absoluteText(showsAt) }))}
        value={against.backup.id}
        onChange={(value) => setChosen(value ?? undefined)}
      />
      <Changes key={`${against.backup.id} ${shot.backup.id}`} alias={alias} shot={shot} against={against} />
    </>
  );
}

function Changes({ alias, shot, against }: { readonly alias: string; readonly shot: Shot; readonly against: Shot }) {
  const [wanted, setWanted] = useState<string>();
  const query = { from: against.backup.id };
  const answer = useAnswer('diff-snapshots', { params: { backup: shot.backup.id }, query });
  return (
    <>
      <Answer of={answer} rows={6}>
        {(diff) =>
          diff.entries.length === 0 ? (
            <Empty title="Nothing is different">Every file is as it was in the other snapshot.</Empty>
          ) : (
            <>
              <Totals {...diff} />
              <ChangeTable entries={diff.entries} restore={setWanted} />
              {diff.limited ? (
                <p className="pl-dim pl-small">These are the first {diff.entries.length}; the counts are of all.</p>
              ) : null}
            </>
          )
        }
      </Answer>
      {wanted === undefined ? null : (
        <RestoreDialog
          alias={alias}
          shot={{ backup: against.backup.id, showsAt: against.showsAt }}
          path={wanted}
          close={() => setWanted(undefined)}
        />
      )}
    </>
  );
}

function Totals({ totals }: Pick<SnapshotDiffView, 'totals'>) {
  return (
    <p className="pl-row" style={{ gap: 18, marginBottom: 10, flexWrap: 'wrap' }}>
      {CHANGE_KINDS.filter((change) => totals[change].files > 0).map((change) => {
        const { Icon, says, className } = CHANGES[change];
        const { files, bytes } = totals[change];
        return (
          <span key={change} className={`pl-row ${className}`} style={{ gap: 5 }}>
            <Icon size={16} aria-hidden />
            {countText(files, 'file')} {says}, {bytesText(bytes)}
          </span>
        );
      })}
    </p>
  );
}

function ChangeTable({ entries, restore }: ChangeTableProps) {
  const unless = pastReason(useBackups());
  return (
    <Table
      label="Changes"
      rows={entries}
      keyOf={({ path, change }) => `${change} ${path}`}
      columns={[
        { head: 'What', cell: ({ change }) => <ChangeMark change={change} /> },
        { head: 'Path', cell: (entry) => <ChangedPath {...entry} /> },
        { head: 'Size', end: true, cell: sizeText },
        {
          head: 'Actions',
          end: true,
          cell: ({ path, change }) =>
            change === 'removed' || change === 'changed' ? (
              <ActButton
                size="compact-sm"
                variant="default"
                unless={unless}
                onClick={() => restore(path)}
                aria-label={`Restore ${path} as it was before`}
              >
                Restore as before…
              </ActButton>
            ) : null,
        },
      ]}
    />
  );
}

interface ChangeTableProps {
  readonly entries: readonly DiffEntryView[];
  readonly restore: (path: string) => void;
}

function ChangeMark({ change }: Pick<DiffEntryView, 'change'>) {
  const { Icon, says, className } = CHANGES[change];
  return (
    <span className={`pl-row ${className}`} style={{ gap: 5 }}>
      <Icon size={16} aria-hidden />
      {says}
    </span>
  );
}

function ChangedPath({ path, kind, movedFrom }: DiffEntryView) {
  return (
    <span className="bk-two-lines">
      <span className="pl-break">{kind === 'folder' ? `${path}/` : path}</span>
      {movedFrom === undefined ? null : <span className="pl-dim pl-small pl-break">was {movedFrom}</span>}
    </span>
  );
}

function sizeText({ kind, sizeBytes, wasBytes }: DiffEntryView): string {
  if (kind !== 'file') return '';
  if (wasBytes === undefined || wasBytes === sizeBytes) return bytesText(sizeBytes);
  return `${bytesText(wasBytes)} → ${bytesText(sizeBytes)}`;
}
