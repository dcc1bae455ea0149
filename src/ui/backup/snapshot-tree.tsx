/** The workspace as a snapshot holds it: folders to walk, a text to find, and what is chosen to be restored. */
import { Button, Checkbox, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { IconFile, IconFolder, IconLink, IconSearch } from '@tabler/icons-react';
import { useState } from 'react';
import { useSearchParams } from '../kit/address.ts';
import type { PathVersionView, SnapshotEntryView } from '#api/endpoints/backup-views.ts';
import { useAnswer } from '../data/query.ts';
import { ActButton } from '../kit/act-button.tsx';
import { Answer, Empty } from '../kit/answer.tsx';
import { Moment } from '../kit/moment.tsx';
import { Table } from '../kit/table.tsx';
import { bytesText, countText } from '../kit/words.ts';
import { crumbsOf } from '../files/names.ts';
import { pastReason, useBackups } from './backup-context.ts';
import { FoundEverywhere, VersionsDialog } from './everywhere.tsx';
import { RestoreDialog } from './restore-dialog.tsx';
import { useSetSearch } from './set-search.ts';
import { fromShot } from './snapshots.ts';
import type { RestoreFrom, Shot } from './snapshots.ts';

const TYPING_MS = 300;

interface Chosen {
  readonly path: string;
  readonly amount: string | undefined;
  readonly from: RestoreFrom;
}

export function SnapshotTree({ alias, shot }: { readonly alias: string; readonly shot: Shot }) {
  const shown = useBackups();
  const [search] = useSearchParams();
  const set = useSetSearch();
  const [chosen, setChosen] = useState<Chosen>();
  const [versionsOf, setVersionsOf] = useState<string>();
  const [isEverywhere, setEverywhere] = useState(false);
  const [typed, setTyped] = useState('');
  const [text] = useDebouncedValue(typed.trim(), TYPING_MS);
  const path = search.get('path') ?? '';
  const unless = pastReason(shown);
  const choose = (wanted: string, sizeBytes?: number) =>
    setChosen({ path: wanted, amount: amountOf(shot, wanted, sizeBytes), from: fromShot(shot) });
  const chooseVersion = ({ path: wanted, kind, sizeBytes, last }: PathVersionView) =>
    setChosen({ path: wanted, amount: kind === 'file' ? bytesText(sizeBytes) : undefined, from: last });
  return (
    <>
      <div className="pl-spread" style={{ marginBottom: 8 }}>
        <Crumbs alias={alias} path={path} />
        <div className="pl-row">
          <TextInput
            size="xs"
            aria-label="Find"
            placeholder={isEverywhere ? 'Find in all snapshots' : 'Find in this snapshot'}
            leftSection={<IconSearch size={15} aria-hidden />}
            value={typed}
            onChange={(event) => setTyped(event.currentTarget.value)}
          />
          <Checkbox
            size="xs"
            label="In all snapshots"
            checked={isEverywhere}
            onChange={(event) => setEverywhere(event.currentTarget.checked)}
          />
          <ActButton size="compact-sm" variant="default" unless={unless} onClick={() => choose(path)}>
            {path === '' ? 'Restore everything…' : 'Restore this folder…'}
          </ActButton>
        </div>
      </div>
      {text === '' ? (
        <Folder
          shot={shot}
          path={path}
          open={(to) => set({ path: to })}
          choose={choose}
          versions={setVersionsOf}
          unless={unless}
        />
      ) : isEverywhere ? (
        <FoundEverywhere alias={alias} text={text} choose={chooseVersion} unless={unless} />
      ) : (
        <Found
          shot={shot}
          text={text}
          open={(to) => {
            setTyped('');
            set({ path: to });
          }}
          choose={choose}
          versions={setVersionsOf}
          unless={unless}
        />
      )}
      {chosen === undefined ? null : (
        <RestoreDialog
          alias={alias}
          shot={chosen.from}
          path={chosen.path}
          amount={chosen.amount}
          close={() => setChosen(undefined)}
        />
      )}
      {versionsOf === undefined ? null : (
        <VersionsDialog
          alias={alias}
          path={versionsOf}
          choose={(version) => {
            setVersionsOf(undefined);
            chooseVersion(version);
          }}
          unless={unless}
          close={() => setVersionsOf(undefined)}
        />
      )}
    </>
  );
}

/** Of all of it and of one file it is known; a folder would have to be walked. */
function amountOf({ backup: { taken } }: Shot, path: string, sizeBytes: number | undefined): string | undefined {
  if (sizeBytes !== undefined) return bytesText(sizeBytes);
  return path === '' && taken !== undefined
    ? `${countText(taken.files, 'file')}, ${bytesText(taken.bytes)}`
    : undefined;
}

function Crumbs({ alias, path }: { readonly alias: string; readonly path: string }) {
  const set = useSetSearch();
  const crumbs = crumbsOf(path);
  return (
    <nav className="pl-crumbs" aria-label="Folder" style={{ fontSize: 14 }}>
      <button type="button" className="bk-link" onClick={() => set({ path: undefined })}>
        {alias}
      </button>
      {crumbs.map((crumb) => (
        <span key={crumb.path} className="pl-row" style={{ gap: 6 }}>
          <span>/</span>
          <button type="button" className="bk-link" onClick={() => set({ path: crumb.path })}>
            {crumb.name}
          </button>
        </span>
      ))}
    </nav>
  );
}

interface InsideProps {
  readonly shot: Shot;
  readonly open: (path: string) => void;
  readonly choose: (path: string, sizeBytes?: number) => void;
  readonly versions: (path: string) => void;
  readonly unless: string | undefined;
}

function Folder({ shot, path, ...acts }: InsideProps & { readonly path: string }) {
  const listing = useAnswer('list-snapshot', {
    params: { backup: shot.backup.id },
    query: path === '' ? {} : { path },
  });
  return (
    <Answer of={listing} rows={6}>
      {({ entries, more }) =>
        entries.length === 0 ? (
          <Empty title="This folder was empty then" />
        ) : (
          <>
            <Entries entries={entries} {...acts} label="name" />
            {more > 0 ? <p className="pl-dim pl-small">{countText(more, 'more entry', 'more entries')}.</p> : null}
          </>
        )
      }
    </Answer>
  );
}

function Found({ shot, text, ...acts }: InsideProps & { readonly text: string }) {
  const found = useAnswer('find-in-snapshot', { params: { backup: shot.backup.id }, query: { text } });
  return (
    <Answer of={found} rows={6}>
      {({ entries, limited }) =>
        entries.length === 0 ? (
          <Empty title={`Nothing in this snapshot is called “${text}”`}>Slide to an earlier one and look again.</Empty>
        ) : (
          <>
            <Entries entries={entries} {...acts} label="path" />
            {limited ? <p className="pl-dim pl-small">There are more: type more of the name.</p> : null}
          </>
        )
      }
    </Answer>
  );
}

interface EntriesProps extends Omit<InsideProps, 'shot'> {
  readonly entries: readonly SnapshotEntryView[];
  readonly label: 'name' | 'path';
}

const ICONS = { file: IconFile, folder: IconFolder, link: IconLink, other: IconFile } as const;

function Entries({ entries, label, open, choose, versions, unless }: EntriesProps) {
  return (
    <Table
      label="Snapshot"
      rows={entries}
      keyOf={({ path }) => path}
      columns={[
        {
          head: 'Name',
          cell: (entry) => {
            const Icon = ICONS[entry.kind];
            return (
              <span className="bk-name">
                <Icon size={17} stroke={1.7} aria-hidden />
                {entry.kind === 'folder' ? (
                  <button type="button" className="bk-link" onClick={() => open(entry.path)}>
                    {entry[label]}
                  </button>
                ) : (
                  <span>{entry[label]}</span>
                )}
              </span>
            );
          },
        },
        { head: 'Size', end: true, cell: ({ kind, sizeBytes }) => (kind === 'file' ? bytesText(sizeBytes) : '') },
        { head: 'Changed', cell: ({ modifiedAt }) => <Moment at={modifiedAt} as="full" /> },
        {
          head: 'Actions',
          end: true,
          cell: ({ path, name, kind, sizeBytes }) => (
            <span className="pl-row bk-acts">
              {kind === 'file' ? (
                <Button
                  size="compact-sm"
                  variant="subtle"
                  onClick={() => versions(path)}
                  aria-label={`Versions of ${name}`}
                >
                  Versions
                </Button>
              ) : null}
              <ActButton
                size="compact-sm"
                variant="default"
                unless={unless}
                onClick={() => choose(path, kind === 'file' ? sizeBytes : undefined)}
                aria-label={`Restore ${name}`}
              >
                Restore…
              </ActButton>
            </span>
          ),
        },
      ]}
    />
  );
}
