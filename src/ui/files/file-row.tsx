/** One file, folder or folded image sequence. */
import { ActionIcon, Menu } from '@mantine/core';
import { IconDots, IconFile, IconFolder, IconStack2 } from '@tabler/icons-react';
import { useState } from 'react';
import { Link, useLocation } from 'react-router';
import type { FileEntryView } from '#api/endpoints/views.ts';
import { call } from '../data/client.ts';
import { useAct } from '../data/query.ts';
import { useConfirm } from '../kit/confirm.tsx';
import { Digest } from '../kit/digest.tsx';
import { Moment } from '../kit/moment.tsx';
import { say, sayRefused } from '../kit/say.ts';
import { bytesText } from '../kit/words.ts';
import { paths } from '../paths.ts';
import { framesText, isFrameOf, parentOf, sorted } from './names.ts';
import { NameDialog } from './name-dialog.tsx';
import { downloadSequence } from './sequence-download.ts';

const ICONS = { folder: IconFolder, file: IconFile, sequence: IconStack2 } as const;

interface FileRowProps {
  readonly alias: string;
  readonly entry: FileEntryView;
  readonly may: readonly string[];
  readonly showsHash: boolean;
}

export function FileRow({ alias, entry, may, showsHash }: FileRowProps) {
  const Icon = ICONS[entry.type];
  return (
    <tr>
      <td>
        <span className="fb-name">
          <Icon size={17} stroke={1.6} aria-hidden />
          <span>
            <EntryLink alias={alias} entry={entry} />
            {entry.sequence === undefined ? null : <div className="pl-dim pl-small">{framesText(entry.sequence)}</div>}
          </span>
        </span>
      </td>
      <td className="pl-end pl-nowrap">
        {entry.type === 'folder' ? <span className="pl-dim">–</span> : bytesText(entry.sizeBytes)}
      </td>
      <td className="fb-wide">
        <Moment at={entry.modifiedAt} />
      </td>
      {showsHash ? (
        <td className="fb-wide">
          {entry.sha256 === undefined ? (
            <span className="pl-dim">–</span>
          ) : (
            <Digest value={entry.sha256} what="the SHA-256" chars={8} />
          )}
        </td>
      ) : null}
      <td className="pl-end">
        <EntryActs alias={alias} entry={entry} may={may} />
      </td>
    </tr>
  );
}

function EntryLink({ alias, entry }: { readonly alias: string; readonly entry: FileEntryView }) {
  const { pathname } = useLocation();
  if (entry.type === 'folder')
    return <Link to={`${pathname}?${new URLSearchParams({ path: entry.path }).toString()}`}>{entry.name}</Link>;
  if (entry.type === 'sequence')
    return (
      <Link to={`${pathname}?${new URLSearchParams({ path: parentOf(entry.path), frames: 'yes' }).toString()}`}>
        {entry.name}
      </Link>
    );
  return (
    <a href={paths.download(alias, entry.path)} download={entry.name} title={`Download ${entry.name}`}>
      {entry.name}
    </a>
  );
}

/** The frames are listed when they are wanted: some may have come since the page was drawn. */
async function downloadFrames(alias: string, { name, path, sequence }: FileEntryView): Promise<void> {
  if (sequence === undefined) return;
  const folder = await call('list-files', { params: { project: alias }, query: { path: parentOf(path), fold: 'no' } });
  const frames = folder.entries.filter((entry) => entry.type === 'file' && isFrameOf(entry.name, sequence));
  await downloadSequence(alias, name, sorted(frames, 'name', false));
}

function EntryActs({ alias, entry, may }: Omit<FileRowProps, 'showsHash'>) {
  const confirm = useConfirm();
  const [naming, setNaming] = useState(false);
  const [bin, removeFolder] = [useAct('bin-file'), useAct('remove-folder')];
  const no = (action: string) => !may.includes(action);
  const params = { project: alias };
  const remove = () =>
    confirm(
      entry.type === 'folder'
        ? {
            title: `Remove the folder ${entry.name}?`,
            body: 'Only an empty folder can be removed.',
            verb: 'Remove',
            danger: true,
            act: () => removeFolder.mutateAsync({ params, body: { path: entry.path } }),
          }
        : {
            title: `Put ${entry.name} in the bin?`,
            body: 'It is kept there for a while and can be taken out again.',
            verb: 'Put in the bin',
            danger: true,
            act: () => bin.mutateAsync({ params, body: { path: entry.path } }),
          },
    );
  return (
    <>
      <Menu position="bottom-end" width={210}>
        <Menu.Target>
          <ActionIcon variant="subtle" color="gray" aria-label={`Acts on ${entry.name}`}>
            <IconDots size={17} aria-hidden />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          {entry.type === 'file' ? (
            <Menu.Item
              component="a"
              href={paths.download(alias, entry.path)}
              download={entry.name}
              disabled={no('file.read')}
            >
              Download
            </Menu.Item>
          ) : null}
          {entry.sequence === undefined ? null : (
            <Menu.Item disabled={no('file.read')} onClick={() => void downloadFrames(alias, entry).catch(sayRefused)}>
              Download all {entry.sequence.count} frames
            </Menu.Item>
          )}
          <Menu.Item disabled={no('file.move') || entry.type === 'sequence'} onClick={() => setNaming(true)}>
            Rename or move…
          </Menu.Item>
          <Menu.Item
            disabled={entry.sha256 === undefined}
            onClick={() => {
              void navigator.clipboard.writeText(entry.sha256 ?? '').then(() => say('SHA-256 copied.'), sayRefused);
            }}
          >
            Copy the SHA-256
          </Menu.Item>
          <Menu.Divider />
          <Menu.Item color="red" disabled={no('file.delete') || entry.type === 'sequence'} onClick={remove}>
            {entry.type === 'folder' ? 'Remove…' : 'Put in the bin…'}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <NameDialog
        opened={naming}
        close={() => setNaming(false)}
        title={`Rename or move ${entry.name}`}
        act="move-file"
        alias={alias}
        folder={parentOf(entry.path)}
        from={entry}
      />
    </>
  );
}
