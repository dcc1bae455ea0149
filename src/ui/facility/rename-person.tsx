/** A person's name and mail address; both stay sealed in the ledger, the old ones too. */
import { Button, Modal, TextInput } from '@mantine/core';
import { useState } from 'react';
import type { PersonView } from '#api/endpoints/views.ts';
import { useAct } from '../data/query.ts';
import { RefusedHere } from '../kit/answer.tsx';
import { say } from '../kit/say.ts';

interface RenameProps {
  readonly person: PersonView;
  readonly opened: boolean;
  readonly close: () => void;
}

export function RenamePerson({ person, opened, close }: RenameProps) {
  return (
    <Modal
      opened={opened}
      onClose={close}
      title={`Name and mail of ${person.name ?? 'this person'}`}
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      {opened ? <RenameForm person={person} close={close} /> : null}
    </Modal>
  );
}

function RenameForm({ person, close }: Omit<RenameProps, 'opened'>) {
  const [name, setName] = useState(person.name ?? '');
  const [mail, setMail] = useState(person.mail ?? '');
  const rename = useAct('rename-person');
  const same = name.trim() === person.name && mail.trim() === (person.mail ?? '');
  return (
    <form
      className="pl-stack"
      onSubmit={(event) => {
        event.preventDefault();
        rename.mutate(
          {
            params: { person: person.id },
            body: { name: name.trim(), ...(mail.trim() === '' ? {} : { mail: mail.trim() }) },
          },
          {
            onSuccess: () => {
              say(`Known as ${name.trim()} from now on.`);
              close();
            },
          },
        );
      }}
    >
      <TextInput
        label="Name"
        required
        maxLength={120}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
        data-autofocus
      />
      {person.nature === 'service' ? null : (
        <TextInput
          label="Mail address"
          description="Signing in with a password goes by the new address from now on."
          type="email"
          value={mail}
          onChange={(event) => setMail(event.currentTarget.value)}
        />
      )}
      {rename.error === null ? null : <RefusedHere error={rename.error} />}
      <Button type="submit" loading={rename.isPending} disabled={same || name.trim() === ''}>
        Change it
      </Button>
    </form>
  );
}
