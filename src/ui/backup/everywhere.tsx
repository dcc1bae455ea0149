/** Over all snapshots: every version of what is called so, or what one person touched; each can be restored from where it is. */
import { Button, Modal } from '@mantine/core';
import { useState } from 'react';
import type { PathVersionView } from '#api/endpoints/backup-views.ts';
import type { RestoreId } from '#std/ids.ts';
import { useAnswer } from '../data/query.ts';
import { Answer, Empty } from '../kit/answer.tsx';
import { ActButton } from '../kit/act-button.tsx';
import { Moment } from '../kit/moment.tsx';
import { Status } from '../kit/status.tsx';
import { Table } from '../kit/table.tsx';
import { bytesText } from '../kit/words.ts';

interface VersionsProps {
  readonly versions: readonly PathVersionView[];
  readonly limited: boolean;
  readonly label: string;
  readonly unless: string | undefined;
  readonly choose: (version: PathVersionView) => void;
  /** All are of one path, which the title says. */
  readonly isOnePath?: boolean;
}

function Versions({ versions, limited, label, unless, choose, isOnePath = false }: VersionsProps) {
  return (
    <>
      <Table
        label={label}
        rows={versions}
        keyOf={({ path, first }) => `${path} ${first.backup}`}
        columns={[
          {
            head: isOnePath ? 'Standing' : 'Path',
            isHidden: isOnePath && versions.every(({ last }) => !last.suspect),
            cell: ({ path, last }) => (
              <span className="bk-two-lines">
                {isOnePath ? null : <span className="pl-break">{path}</span>}
                {last.suspect ? <Status tone="bad">An alarm is about its last snapshot</Status> : null}
              </span>
            ),
          },
          { head: 'Size', end: true, cell: ({ kind, sizeBytes }) => (kind === 'file' ? bytesText(sizeBytes) : kind) },
          {
            head: 'Was there',
            cell: ({ first, last }) => (
              <span className="bk-two-lines">
                <Moment at={first.showsAt} as="full" />
                <span className="pl-dim pl-small">
                  {first.showsAt === last.showsAt ? (
                    'in this snapshot alone'
                  ) : (
                    <>
                      to <Moment at={last.showsAt} as="full" />
                    </>
                  )}
                </span>
              </span>
            ),
          },
          {
            head: 'Actions',
            end: true,
            cell: (version) => (
              <ActButton
                size="compact-sm"
                variant="default"
                unless={unless}
                onClick={() => choose(version)}
                aria-label={`Restore this version of ${version.name}`}
              >
                Restore…
              </ActButton>
            ),
          },
        ]}
      />
      {limited ? <p className="pl-dim pl-small">There are more: type more of the name.</p> : null}
    </>
  );
}

type EverywhereProps = Pick<VersionsProps, 'unless' | 'choose'> & { readonly alias: string };

export function FoundEverywhere({ alias, text, ...acts }: EverywhereProps & { readonly text: string }) {
  const found = useAnswer('find-in-backups', { params: { project: alias }, query: { text } });
  return (
    <Answer of={found} rows={6}>
      {({ versions, limited }) =>
        versions.length === 0 ? (
          <Empty title={`No snapshot has anything called “${text}”`}>Try less of its name.</Empty>
        ) : (
          <Versions versions={versions} limited={limited} label="Versions" {...acts} />
        )
      }
    </Answer>
  );
}

interface VersionsDialogProps extends EverywhereProps {
  readonly path: string;
  readonly close: () => void;
}

export function VersionsDialog({ alias, path, close, ...acts }: VersionsDialogProps) {
  const found = useAnswer('file-versions', { params: { project: alias }, query: { path } });
  return (
    <Modal
      opened
      onClose={close}
      size="xl"
      title={`Every version of ${path}`}
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      <Answer of={found} rows={4}>
        {({ versions, limited }) => (
          <Versions versions={versions} limited={limited} label="Versions" isOnePath {...acts} />
        )}
      </Answer>
    </Modal>
  );
}

interface ReportButtonProps {
  readonly restore: RestoreId;
  /** All of it came from one snapshot. */
  readonly isOne: boolean;
}

/** For a restore that mixed snapshots: which file came from where. */
export function ReportButton({ restore, isOne }: ReportButtonProps) {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <Button size="compact-xs" variant="default" onClick={() => setOpen(true)}>
        Which came from where
      </Button>
      {isOpen ? <ReportDialog restore={restore} isOne={isOne} close={() => setOpen(false)} /> : null}
    </>
  );
}

function ReportDialog({ restore, isOne, close }: ReportButtonProps & { readonly close: () => void }) {
  const [from, setFrom] = useState(0);
  const page = useAnswer('restore-report', { params: { restore }, query: { from } }, { keep: true });
  return (
    <Modal
      opened
      onClose={close}
      size="xl"
      title="Which file came from which snapshot"
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      <Answer of={page} rows={6}>
        {({ lines, next, of }) => (
          <>
            {isOne ? <p style={{ marginBottom: 10 }}>All of it came from one snapshot.</p> : null}
            <Table
              label="Report"
              rows={lines}
              keyOf={({ path }) => path}
              columns={[
                { head: 'Path', cell: ({ path }) => <span className="pl-break">{path}</span> },
                {
                  head: 'As it was',
                  cell: ({ from: shot, leftOut }) =>
                    leftOut !== undefined ? (
                      <Status tone="warn">Left out: {leftOut}</Status>
                    ) : shot === undefined ? (
                      'in a snapshot that is gone'
                    ) : (
                      <Moment at={shot.showsAt} as="full" />
                    ),
                },
              ]}
            />
            <div className="pl-spread" style={{ marginTop: 10 }}>
              <span className="pl-dim pl-small">
                {from + 1} to {from + lines.length} of {of}
              </span>
              <span className="pl-row">
                <Button size="compact-sm" variant="default" disabled={from === 0} onClick={() => setFrom(0)}>
                  From the first
                </Button>
                <Button
                  size="compact-sm"
                  variant="default"
                  disabled={next === undefined}
                  onClick={() => setFrom(next ?? 0)}
                >
                  The next
                </Button>
              </span>
            </div>
          </>
        )}
      </Answer>
    </Modal>
  );
}
