/** Naming something: a new folder, or a file's new name and place. Problems are said before the server says them. */
import { Button, Modal, TextInput } from '@mantine/core';
import { useState } from 'react';
import type { FileEntryView } from '#api/endpoints/views.ts';
import { useAct } from '../data/query.ts';
import { RefusedHere } from '../kit/answer.tsx';
import { joined, nameProblem } from './names.ts';

interface NameDialogProps {
  readonly opened: boolean;
  readonly close: () => void;
  readonly title: string;
  readonly act: 'make-folder' | 'move-file';
  readonly alias: string;
  readonly folder: string;
  readonly from?: FileEntryView;
}

export function NameDialog(props: NameDialogProps) {
  return (
    <Modal opened={props.opened} onClose={props.close} title={props.title} closeButtonProps={{ 'aria-label': 'Close' }}>
      {props.opened ? <NameForm {...props} /> : null}
    </Modal>
  );
}

function NameForm({ act, alias, folder, from, close }: NameDialogProps) {
  const [name, setName] = useState(from?.name ?? '');
  const [place, setPlace] = useState(folder);
  const [make, move] = [useAct('make-folder'), useAct('move-file')];
  const problem = nameProblem(name);
  const error = act === 'make-folder' ? make.error : move.error;
  const run = () => {
    const path = joined(place.replace(/^\/+|\/+$/g, ''), name);
    if (act === 'make-folder') make.mutate({ params: { project: alias }, body: { path } }, { onSuccess: close });
    else if (from !== undefined)
      move.mutate({ params: { project: alias }, body: { from: from.path, to: path } }, { onSuccess: close });
  };
  return (
    <form
      className="pl-stack"
      onSubmit={(event) => {
        event.preventDefault();
        if (problem === undefined) run();
      }}
    >
      <TextInput
        label="Name"
        value={name}
        error={name === '' ? undefined : problem}
        onChange={(event) => setName(event.currentTarget.value)}
        data-autofocus
      />
      {act === 'move-file' ? (
        <TextInput label="In the folder" value={place} onChange={(event) => setPlace(event.currentTarget.value)} />
      ) : null}
      {error === null ? null : <RefusedHere error={error} />}
      <Button type="submit" disabled={problem !== undefined} loading={make.isPending || move.isPending}>
        {act === 'make-folder' ? 'Make the folder' : 'Rename or move'}
      </Button>
    </form>
  );
}
