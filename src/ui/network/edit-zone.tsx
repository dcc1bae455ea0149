/** A zone: what it is for, how far it is trusted, which networks make it up. */
import { MultiSelect, NumberInput, Select, Textarea } from '@mantine/core';
import { useState } from 'react';
import type { NetworkZoneView } from '#api/endpoints/network-views.ts';
import { contentHeld, zoneKind } from '#model/network-shapes.ts';
import type { ContentHeld, ZoneKind } from '#model/network-shapes.ts';
import { isId } from '#std/ids.ts';
import type { ProjectId, ZoneId } from '#std/ids.ts';
import { newId } from '../data/new-id.ts';
import { useAnswer } from '../data/query.ts';
import { ChangeDialog } from './change-dialog.tsx';
import type { Edit } from './change-dialog.tsx';
import type { DialogStart } from './dialog-address.ts';
import { LineField } from './fields.tsx';
import { CONTENT_HELD, ZONE_KINDS } from './network-words.ts';

interface Draft {
  readonly name: string;
  readonly trust: number;
  readonly kinds: readonly ZoneKind[];
  readonly content: ContentHeld | undefined;
  readonly project: ProjectId | undefined;
  readonly networks: string;
  readonly link: string;
}

interface EditZoneProps {
  readonly known: NetworkZoneView | undefined;
  readonly start: DialogStart;
  readonly close: () => void;
}

export function EditZone({ known, close }: EditZoneProps) {
  const [draft, setDraft] = useState(() => draftOf(known));
  const [zone] = useState(() => known?.id ?? newId('zone'));
  const set = (some: Partial<Draft>) => setDraft((before) => ({ ...before, ...some }));
  const networks = parseNetworks(draft.networks);
  const missing =
    draft.name.trim() === '' ? 'Give it a name.' : networks === undefined ? 'One network a line, please.' : undefined;
  const edit = missing === undefined && networks !== undefined ? editOf(draft, networks, zone, known) : undefined;
  return (
    <ChangeDialog
      title={known === undefined ? 'Add a zone' : `Change ${known.name}`}
      verb={known === undefined ? 'Add the zone' : 'Change it'}
      close={close}
      edits={edit === undefined ? undefined : [edit]}
      missing={missing}
      subject={{ zone }}
    >
      <LineField label="Name" first required value={draft.name} onChange={(name) => set({ name })} />
      <MultiSelect
        label="What it is for"
        description="A small facility folds several into one zone."
        data={zoneKind.options.map((value) => ({ value, label: ZONE_KINDS[value] }))}
        value={[...draft.kinds]}
        onChange={(kinds) => set({ kinds: zoneKind.options.filter((kind) => kinds.includes(kind)) })}
        hidePickedOptions
      />
      {draft.kinds.includes('enclave') ? (
        <ProjectField value={draft.project} onChange={(project) => set({ project })} />
      ) : null}
      <div className="nw-form-pair">
        <NumberInput
          label="Trust"
          description="0 is the internet, 100 the most protected."
          min={0}
          max={100}
          value={draft.trust}
          onChange={(trust) => set({ trust: typeof trust === 'number' ? trust : 0 })}
        />
        <Select
          label="Content"
          description="Whether pictures and sound lie here."
          clearable
          data={contentHeld.options.map((value) => ({ value, label: CONTENT_HELD[value] }))}
          value={draft.content ?? null}
          onChange={(value) => set({ content: contentHeld.options.find((one) => one === value) })}
        />
      </div>
      <Textarea
        label="Networks"
        description="One a line, with its VLAN where there is one."
        placeholder={'10.20.0.0/24 vlan 20\nfd00:20::/64 vlan 20'}
        autosize
        minRows={2}
        value={draft.networks}
        onChange={(event) => set({ networks: event.currentTarget.value })}
      />
      <LineField
        label="The gateway’s interface"
        description="Packets with addresses of another zone are refused on it."
        placeholder="eth1 or vlan20"
        value={draft.link}
        onChange={(link) => set({ link })}
      />
    </ChangeDialog>
  );
}

function ProjectField({
  value,
  onChange,
}: {
  readonly value: ProjectId | undefined;
  readonly onChange: (project: ProjectId | undefined) => void;
}) {
  const projects = useAnswer('list-projects', { query: {} });
  return (
    <Select
      label="The enclave’s project"
      required
      data={(projects.data?.projects ?? []).map((one) => ({ value: one.id, label: one.alias }))}
      value={value ?? null}
      onChange={(id) => onChange(isId('project', id) ? id : undefined)}
    />
  );
}

function draftOf(known: NetworkZoneView | undefined): Draft {
  return {
    name: known?.name ?? '',
    trust: known?.trust ?? 50,
    kinds: known?.kinds ?? [],
    content: known?.content,
    project: known?.project?.id,
    networks: (known?.networks ?? [])
      .map(({ cidr, vlan }) => (vlan === undefined ? cidr : `${cidr} vlan ${vlan}`))
      .join('\n'),
    link: known?.link ?? '',
  };
}

const NETWORK = /^([0-9a-f.:]+\/\d{1,3})(?:\s+(?:vlan\s*)?(\d{1,4}))?$/i;

function parseNetworks(text: string): NetworkZoneView['networks'] | undefined {
  const lines = text
    .split(/\n|,/)
    .map((line) => line.trim())
    .filter((line) => line !== '');
  const found = lines.map((line) => NETWORK.exec(line));
  if (found.includes(null)) return undefined;
  return found.map((match) => ({
    cidr: match?.[1] ?? '',
    ...(match?.[2] === undefined ? {} : { vlan: Number(match[2]) }),
  }));
}

function editOf(
  draft: Draft,
  networks: NetworkZoneView['networks'],
  zone: ZoneId,
  known: NetworkZoneView | undefined,
): Edit {
  const { name, trust, kinds, content, project, link } = draft;
  return {
    kind: known === undefined ? 'add-zone' : 'change-zone',
    zone,
    name: name.trim(),
    trust,
    networks: [...networks],
    ...(kinds.length === 0 ? {} : { kinds: [...kinds] }),
    ...(content === undefined ? {} : { content }),
    ...(project === undefined || !kinds.includes('enclave') ? {} : { project }),
    ...(link.trim() === '' ? {} : { link: link.trim() }),
  };
}
