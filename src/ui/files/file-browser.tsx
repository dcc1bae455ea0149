/** The workspace of a project in the browser. Where one is stands in the address. */
import { Button, FileButton, Menu, SegmentedControl } from '@mantine/core';
import { IconArrowDown, IconArrowUp, IconChevronDown, IconFolderPlus, IconUpload } from '@tabler/icons-react';
import { useState } from 'react';
import type { DragEvent } from 'react';
import { Link, useLocation } from 'react-router';
import { useSearchParams } from '../kit/address.ts';
import type { AnswerOf } from '#api/endpoints.ts';
import { useAnswer } from '../data/query.ts';
import { ActButton } from '../kit/act-button.tsx';
import { Answer, Empty } from '../kit/answer.tsx';
import { sayRefused, say } from '../kit/say.ts';
import { Notice } from '../kit/status.tsx';
import { countText } from '../kit/words.ts';
import { Bin, SetAside } from './bin.tsx';
import { fileRightsText } from './rights.ts';
import { chosenFiles, droppedFiles } from './dropped.ts';
import { DownloadPanel } from './download-panel.tsx';
import { FileRow } from './file-row.tsx';
import { crumbsOf, sorted } from './names.ts';
import type { SortKey } from './names.ts';
import { NameDialog } from './name-dialog.tsx';
import { UploadPanel } from './upload-panel.tsx';
import { addUploads } from './upload-queue.ts';
import type { ChosenFile } from './upload-queue.ts';

interface FileBrowserProps {
  readonly alias: string;
  /** With the SHA-256 of each file: for those who compare it with something. */
  readonly showsHashes?: boolean;
}

export function FileBrowser({ alias, showsHashes = false }: FileBrowserProps) {
  const [search, setSearch] = useSearchParams();
  const view = search.get('view') ?? 'files';
  return (
    <div className="fb">
      <UploadPanel project={alias} />
      <DownloadPanel project={alias} />
      <SegmentedControl
        size="xs"
        aria-label="Which files"
        mb={12}
        value={view}
        data={[
          { value: 'files', label: 'Files' },
          { value: 'bin', label: 'Bin' },
          { value: 'aside', label: 'Set aside' },
        ]}
        onChange={(value) => setSearch(value === 'files' ? {} : { view: value })}
      />
      {view === 'bin' ? (
        <Bin alias={alias} />
      ) : view === 'aside' ? (
        <SetAside alias={alias} />
      ) : (
        <Folder alias={alias} showsHashes={showsHashes} />
      )}
    </div>
  );
}

function Folder({ alias, showsHashes }: Required<FileBrowserProps>) {
  const [search] = useSearchParams();
  const path = search.get('path') ?? '';
  const unfolded = search.get('frames') === 'yes';
  const listing = useAnswer('list-files', {
    params: { project: alias },
    query: { path, fold: unfolded ? 'no' : 'yes' },
  });
  return (
    <>
      <Crumbs alias={alias} path={path} />
      <Answer of={listing} rows={7}>
        {(found) => <Listing alias={alias} listing={found} showsHashes={showsHashes} />}
      </Answer>
    </>
  );
}

function Crumbs({ alias, path }: { readonly alias: string; readonly path: string }) {
  const { pathname } = useLocation();
  const to = (inner: string) =>
    inner === '' ? pathname : `${pathname}?${new URLSearchParams({ path: inner }).toString()}`;
  const crumbs = crumbsOf(path);
  return (
    <nav className="pl-crumbs" aria-label="Folder" style={{ marginBottom: 10, fontSize: 14 }}>
      {path === '' ? <span aria-current="page">{alias}</span> : <Link to={to('')}>{alias}</Link>}
      {crumbs.map((crumb, index) => (
        <span key={crumb.path} className="pl-row" style={{ gap: 6 }}>
          <span>/</span>
          {index === crumbs.length - 1 ? (
            <span aria-current="page" style={{ color: 'var(--pl-text)' }}>
              {crumb.name}
            </span>
          ) : (
            <Link to={to(crumb.path)}>{crumb.name}</Link>
          )}
        </span>
      ))}
    </nav>
  );
}

type Found = AnswerOf<'list-files'>;

function Listing({ alias, listing, showsHashes }: Required<FileBrowserProps> & { readonly listing: Found }) {
  const [search, setSearch] = useSearchParams();
  const [over, setOver] = useState(false);
  const [naming, setNaming] = useState(false);
  const key = sortKeyOf(search.get('sort'));
  const down = search.get('order') === 'down';
  const mayWrite = listing.may.includes('file.write');
  const put = (files: readonly ChosenFile[]) => {
    if (files.length === 0) return;
    const left = addUploads(alias, listing.path === '' ? 'incoming' : listing.path, files);
    if (left > 0)
      sayRefused(new Error(`${countText(left, 'file')} did not fit into the queue. Add them when some have arrived.`));
    else say(`${countText(files.length, 'file')} on the way to ${listing.path === '' ? 'incoming' : listing.path}.`);
  };
  const onDrop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    if (!mayWrite) return sayRefused(new Error('Your role does not let you put files here.'));
    void droppedFiles(event.dataTransfer).then(put, sayRefused);
  };
  const sortBy = (next: SortKey) =>
    setSearch(
      (before) => {
        before.set('sort', next);
        if (next === key && !down) before.set('order', 'down');
        else before.delete('order');
        return before;
      },
      { replace: true },
    );
  const head = (next: SortKey, text: string) => (
    <button type="button" className="fb-sort" onClick={() => sortBy(next)}>
      {text}
      {next !== key ? null : down ? <IconArrowDown size={12} aria-hidden /> : <IconArrowUp size={12} aria-hidden />}
    </button>
  );
  const ariaSort = (next: SortKey) =>
    next === key ? (down ? ('descending' as const) : ('ascending' as const)) : undefined;
  return (
    <div
      className="fb-drop"
      data-over={over}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={onDrop}
    >
      <Toolbar listing={listing} put={put} name={() => setNaming(true)} />
      {listing.truncated ? (
        <Notice tone="warn">This folder holds more than is shown. Use SFTP to see all of it.</Notice>
      ) : null}
      {listing.entries.length === 0 ? (
        <Empty title="Nothing here yet">
          {mayWrite
            ? 'Drop files or folders here, or use the button.'
            : 'Files that others put here will show up by themselves.'}
        </Empty>
      ) : (
        <div className="pl-table-frame" role="region" aria-label="Files" tabIndex={0}>
          <table className="pl-table">
            <thead>
              <tr>
                <th scope="col" aria-sort={ariaSort('name')}>
                  {head('name', 'Name')}
                </th>
                <th scope="col" className="pl-end" aria-sort={ariaSort('size')}>
                  {head('size', 'Size')}
                </th>
                <th scope="col" className="fb-wide" aria-sort={ariaSort('changed')}>
                  {head('changed', 'Changed')}
                </th>
                {showsHashes ? (
                  <th scope="col" className="fb-wide">
                    SHA-256
                  </th>
                ) : null}
                <th scope="col" className="pl-end">
                  Actions
                </th>
              </tr>
            </thead>
            <tbody>
              {sorted(listing.entries, key, down).map((entry) => (
                <FileRow key={entry.path} alias={alias} entry={entry} may={listing.may} showsHash={showsHashes} />
              ))}
            </tbody>
          </table>
        </div>
      )}
      <NameDialog
        opened={naming}
        close={() => setNaming(false)}
        title="New folder"
        act="make-folder"
        alias={alias}
        folder={listing.path}
      />
    </div>
  );
}

function sortKeyOf(text: string | null): SortKey {
  return text === 'size' || text === 'changed' ? text : 'name';
}

interface ToolbarProps {
  readonly listing: Found;
  readonly put: (files: readonly ChosenFile[]) => void;
  readonly name: () => void;
}

function Toolbar({ listing, put, name }: ToolbarProps) {
  const [search, setSearch] = useSearchParams();
  const unfolded = search.get('frames') === 'yes';
  const noWrite = listing.may.includes('file.write')
    ? undefined
    : 'Your role does not let you put files here. Go to a folder where it does, such as incoming, or ask the project’s producer.';
  const noFolder = listing.may.includes('folder.make') ? undefined : 'Your role does not let you make folders here.';
  return (
    <div className="pl-spread" style={{ marginBottom: 10 }}>
      <div className="pl-row">
        {noWrite === undefined ? (
          <FileButton multiple onChange={(files) => put(chosenFiles(files))}>
            {(props) => (
              <Button {...props} leftSection={<IconUpload size={16} aria-hidden />}>
                Upload
              </Button>
            )}
          </FileButton>
        ) : (
          <ActButton leftSection={<IconUpload size={16} aria-hidden />} unless={noWrite} onClick={() => undefined}>
            Upload
          </ActButton>
        )}
        <Menu position="bottom-start">
          <Menu.Target>
            <Button variant="default" rightSection={<IconChevronDown size={14} aria-hidden />}>
              More
            </Button>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item disabled={noWrite !== undefined} onClick={() => chooseFolder(put)}>
              Upload a whole folder…
            </Menu.Item>
            <Menu.Item
              disabled={noFolder !== undefined}
              leftSection={<IconFolderPlus size={15} aria-hidden />}
              onClick={name}
            >
              New folder…
            </Menu.Item>
            <Menu.Item
              onClick={() =>
                setSearch(
                  (before) => {
                    if (unfolded) before.delete('frames');
                    else before.set('frames', 'yes');
                    return before;
                  },
                  { replace: true },
                )
              }
            >
              {unfolded ? 'Fold image sequences' : 'Show every frame'}
            </Menu.Item>
          </Menu.Dropdown>
        </Menu>
      </div>
      <span className="pl-dim pl-small">
        {listing.may.length === 0 ? 'You may look, nothing else' : `Here you may: ${fileRightsText(listing.may)}`}
      </span>
    </div>
  );
}

/** A chooser for folders exists only as an attribute that the types do not know. */
function chooseFolder(put: (files: readonly ChosenFile[]) => void) {
  const input = document.createElement('input');
  input.type = 'file';
  input.setAttribute('webkitdirectory', '');
  input.addEventListener('change', () => put(chosenFiles(input.files ?? [])));
  input.click();
}
