/** A service: ports under one name. */
import { Select } from '@mantine/core';
import { useState } from 'react';
import type { ServiceView } from '#api/endpoints/network-views.ts';
import { ChangeDialog } from './change-dialog.tsx';
import type { Edit } from './change-dialog.tsx';
import type { DialogStart } from './dialog-address.ts';
import { LineField } from './fields.tsx';
import { newId } from '../data/new-id.ts';
import { parsePorts, portsText } from './network-words.ts';

interface EditServiceProps {
  readonly known: ServiceView | undefined;
  readonly start: DialogStart;
  readonly close: () => void;
}

const PLANES = [
  { value: 'data', label: 'Work: what people and machines use' },
  { value: 'management', label: 'Management: an admin port, for the bastion alone' },
];

export function EditService({ known, close }: EditServiceProps) {
  const [name, setName] = useState(known?.name ?? '');
  const [text, setText] = useState(known === undefined ? '' : portsText(known.ports));
  const [plane, setPlane] = useState<ServiceView['plane']>(known?.plane ?? 'data');
  const [service] = useState(() => known?.id ?? newId('service'));
  const ports = parsePorts(text);
  const missing =
    name.trim() === '' ? 'Give it a name.' : ports === undefined ? 'Say its ports as “tcp 445”.' : undefined;
  const edits: Edit[] | undefined =
    missing === undefined && ports !== undefined
      ? [{ kind: 'define-service', service, name: name.trim(), ports, plane }]
      : undefined;
  return (
    <ChangeDialog
      title={known === undefined ? 'Add a service' : `Change ${known.name}`}
      verb={known === undefined ? 'Add the service' : 'Change it'}
      close={close}
      edits={edits}
      missing={missing}
    >
      <LineField label="Name" first required placeholder="smb" value={name} onChange={setName} />
      <LineField
        label="Ports"
        required
        placeholder="tcp 445, udp 5000-5010, icmp"
        value={text}
        onChange={setText}
        error={
          text !== '' && ports === undefined ? 'Such as “tcp 445” or “udp 5000-5010”, with commas between.' : undefined
        }
      />
      <Select
        label="Plane"
        allowDeselect={false}
        data={PLANES}
        value={plane}
        onChange={(value) => setPlane(value === 'management' ? 'management' : 'data')}
      />
    </ChangeDialog>
  );
}
