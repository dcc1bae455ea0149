/** Choose what to take off the network, when it is not on the page before one already. */
import { SegmentedControl, Select } from '@mantine/core';
import { useState } from 'react';
import type { QuarantineScope } from '#model/network-shapes.ts';
import { isId } from '#std/ids.ts';
import { useAnswer } from '../data/query.ts';
import { useViewer } from '../data/viewer.ts';
import { gatewayNote, useNetwork } from './network-context.ts';
import { QuarantineAct } from './quarantine-act.tsx';
import { zoneNameOf } from './network-words.ts';

type Kind = QuarantineScope['kind'];

interface Choice {
  readonly value: string;
  readonly label: string;
  /** Without where it stands. */
  readonly name: string;
}

export function QuarantinePicker() {
  const viewer = useViewer();
  const shown = useNetwork();
  const [kind, setKind] = useState<Kind>('host');
  const [picked, setPicked] = useState<string | null>(null);
  const choices = useChoices(kind);
  const chosen = choices.find((one) => one.value === picked);
  const scope = scopeOf(kind, chosen?.value ?? null);
  const name = chosen?.name ?? '';
  if (!viewer.may.includes('quarantine.order')) return null;
  return (
    <div className="pl-card pl-pad nw-picker">
      <SegmentedControl
        aria-label="What to take off the network"
        value={kind}
        onChange={(value) => {
          setKind(value === 'person' || value === 'project' ? value : 'host');
          setPicked(null);
        }}
        data={[
          { value: 'host', label: 'A host' },
          { value: 'person', label: 'A person' },
          { value: 'project', label: 'A project' },
        ]}
      />
      <Select
        aria-label={`Which ${kind}`}
        placeholder={kind === 'host' ? 'Name or zone' : 'Name'}
        searchable
        limit={60}
        data={[...choices]}
        value={chosen?.value ?? null}
        onChange={setPicked}
        className="nw-picker-which"
      />
      <QuarantineAct
        scope={scope}
        name={name}
        note={gatewayNote(shown)}
        unless={scope === undefined ? `Choose the ${kind} first.` : undefined}
      />
    </div>
  );
}

function scopeOf(kind: Kind, id: string | null): QuarantineScope | undefined {
  if (kind === 'host') return isId('host', id) ? { kind, host: id } : undefined;
  if (kind === 'person') return isId('person', id) ? { kind, person: id } : undefined;
  return isId('project', id) ? { kind, project: id } : undefined;
}

function useChoices(kind: Kind): readonly Choice[] {
  const { net } = useNetwork();
  const people = useAnswer('list-people', { query: {} }, { enabled: kind === 'person' });
  const projects = useAnswer('list-projects', { query: {} }, { enabled: kind === 'project' });
  if (kind === 'host')
    return net.hosts
      .filter((host) => host.quarantine === undefined)
      .map((host) => ({ value: host.id, label: `${host.name}, ${zoneNameOf(net, host.zone)}`, name: host.name }));
  if (kind === 'person')
    return (people.data?.people ?? []).map((one) => {
      const name = one.name ?? `sealed name ${one.id.slice(4, 10)}`;
      return { value: one.id, label: name, name };
    });
  return (projects.data?.projects ?? []).map((one) => ({ value: one.id, label: one.alias, name: one.alias }));
}
