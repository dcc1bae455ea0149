/** A machine: where it stands, what it does, who answers for it. */
import { MultiSelect, Select } from '@mantine/core';
import { useState } from 'react';
import type { NetworkHostView, NetworkView } from '#api/endpoints/network-views.ts';
import { hostRole } from '#model/network-shapes.ts';
import type { HostRole } from '#model/network-shapes.ts';
import { isId } from '#std/ids.ts';
import type { HostId, PersonId, ProjectId, ZoneId } from '#std/ids.ts';
import { newId } from '../data/new-id.ts';
import { useAnswer } from '../data/query.ts';
import { ChangeDialog } from './change-dialog.tsx';
import type { Edit } from './change-dialog.tsx';
import type { DialogStart } from './dialog-address.ts';
import { LineField, listOf, PersonField } from './fields.tsx';
import { useNetwork } from './network-context.ts';
import { HOST_ROLES } from './network-words.ts';
import { zoneAt } from './zone-at.ts';

interface Draft {
  readonly name: string;
  readonly zone: ZoneId | undefined;
  readonly role: HostRole | undefined;
  readonly addresses: string;
  readonly macs: string;
  readonly purpose: string;
  readonly owner: PersonId | undefined;
  readonly projects: readonly ProjectId[];
  readonly socket: string;
}

interface EditHostProps {
  readonly known: NetworkHostView | undefined;
  readonly start: DialogStart;
  readonly close: () => void;
}

export function EditHost({ known, start, close }: EditHostProps) {
  const { net } = useNetwork();
  const [draft, setDraft] = useState(() => draftOf(net, known, start));
  const [host] = useState(() => known?.id ?? newId('host'));
  const set = (some: Partial<Draft>) => setDraft((before) => ({ ...before, ...some }));
  const { zone } = draft;
  const missing =
    draft.name.trim() === '' ? 'Give it a name.' : zone === undefined ? 'Choose the zone it stands in.' : undefined;
  const edit = missing === undefined && zone !== undefined ? editOf(draft, host, zone, known) : undefined;
  return (
    <ChangeDialog
      title={known === undefined ? 'Add a host' : `Change ${known.name}`}
      verb={known === undefined ? 'Add the host' : 'Change it'}
      close={close}
      edits={edit === undefined ? undefined : [edit]}
      missing={missing}
      subject={{ host }}
    >
      <div className="nw-form-pair">
        <LineField
          label="Name"
          first
          required
          placeholder="edit-03"
          value={draft.name}
          onChange={(name) => set({ name })}
        />
        <Select
          label="Zone"
          required
          allowDeselect={false}
          searchable
          data={net.zones.map((one) => ({ value: one.id, label: one.name }))}
          value={zone ?? null}
          onChange={(value) => set({ zone: isId('zone', value) ? value : undefined })}
        />
        <Select
          label="What it does"
          searchable
          clearable
          data={hostRole.options.map((value) => ({ value, label: HOST_ROLES[value] }))}
          value={draft.role ?? null}
          onChange={(value) => set({ role: hostRole.options.find((one) => one === value) })}
        />
        <LineField
          label="In words"
          placeholder="Edit suite 3"
          value={draft.purpose}
          onChange={(purpose) => set({ purpose })}
        />
        <LineField
          label="Addresses"
          placeholder="10.20.0.23, fd00:20::23"
          value={draft.addresses}
          onChange={(addresses) => set({ addresses })}
        />
        <LineField
          label="Hardware addresses"
          placeholder="02:00:5e:10:00:01"
          value={draft.macs}
          onChange={(macs) => set({ macs })}
        />
        <PersonField label="Who answers for it" value={draft.owner} onChange={(owner) => set({ owner })} />
        <LineField
          label="Where it is plugged in"
          placeholder="sw-2 port 14"
          value={draft.socket}
          onChange={(socket) => set({ socket })}
        />
      </div>
      <ProjectsField value={draft.projects} onChange={(projects) => set({ projects })} />
    </ChangeDialog>
  );
}

function ProjectsField({
  value,
  onChange,
}: {
  readonly value: readonly ProjectId[];
  readonly onChange: (projects: readonly ProjectId[]) => void;
}) {
  const projects = useAnswer('list-projects', { query: {} });
  const known = projects.data?.projects ?? [];
  return (
    <MultiSelect
      label="Whose content lies on it"
      description="Left empty, storage counts as holding every project’s."
      data={known.map((one) => ({ value: one.id, label: one.alias }))}
      value={[...value]}
      onChange={(ids) => onChange(ids.filter((one) => isId('project', one)))}
      searchable
    />
  );
}

function draftOf(net: NetworkView, known: NetworkHostView | undefined, start: DialogStart): Draft {
  const zone = net.zones.find((one) => one.id === (known?.zone ?? start['zone'])) ?? zoneAt(net, start['address']);
  return {
    name: known?.name ?? '',
    zone: zone?.id,
    role: known?.role,
    addresses: known?.addresses.join(', ') ?? start['address'] ?? '',
    macs: known?.macs.join(', ') ?? start['mac'] ?? '',
    purpose: known?.purpose ?? '',
    owner: known?.owner?.id,
    projects: (known?.projects ?? []).map((one) => one.id),
    socket: known?.socket ?? '',
  };
}

function editOf(draft: Draft, host: HostId, zone: ZoneId, known: NetworkHostView | undefined): Edit {
  const { name, role, purpose, owner, projects, socket } = draft;
  const macs = listOf(draft.macs.toLowerCase());
  return {
    kind: known === undefined ? 'add-host' : 'change-host',
    host,
    zone,
    name: name.trim(),
    addresses: listOf(draft.addresses),
    ...(purpose.trim() === '' ? {} : { purpose: purpose.trim() }),
    ...(role === undefined ? {} : { role }),
    ...(macs.length === 0 ? {} : { macs }),
    ...(owner === undefined ? {} : { owner }),
    ...(projects.length === 0 ? {} : { projects: [...projects] }),
    ...(socket.trim() === '' ? {} : { socket: socket.trim() }),
  };
}
