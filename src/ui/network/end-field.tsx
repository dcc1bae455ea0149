/** One end of a flow: a whole zone, one host, or a named part of a zone that is no host of ours. */
import { Select } from '@mantine/core';
import type { FlowEndView, NetworkView } from '#api/endpoints/network-views.ts';
import type { FlowEnd } from '#model/network-shapes.ts';
import { LineField } from './fields.tsx';
import { useNetwork } from './network-context.ts';

export interface EndDraft {
  /** The id of a zone or host; `part:` and a zone's id for a part of it. */
  readonly picked: string | undefined;
  readonly cidr: string;
  readonly name: string;
}

const OPTIONS_SHOWN = 60;
const PART = 'part:';

export function draftOfEnd(end: FlowEndView | undefined, start: string | undefined): EndDraft {
  if (end === undefined) return { picked: start, cidr: '', name: '' };
  if (end.kind === 'network') return { picked: `${PART}${end.zone}`, cidr: end.cidr ?? '', name: end.name };
  return { picked: end.kind === 'host' ? end.host : end.zone, cidr: '', name: '' };
}

export function endOf(net: NetworkView, { picked, cidr, name }: EndDraft): FlowEnd | undefined {
  if (picked === undefined) return undefined;
  if (picked.startsWith(PART)) {
    const zone = net.zones.find((one) => one.id === picked.slice(PART.length))?.id;
    if (zone === undefined || cidr.trim() === '' || name.trim() === '') return undefined;
    return { kind: 'network', zone, cidr: cidr.trim(), name: name.trim() };
  }
  const zone = net.zones.find((one) => one.id === picked);
  if (zone !== undefined) return { kind: 'zone', zone: zone.id };
  const host = net.hosts.find((one) => one.id === picked);
  return host === undefined ? undefined : { kind: 'host', host: host.id };
}

interface EndFieldProps {
  readonly label: string;
  readonly value: EndDraft;
  readonly onChange: (value: EndDraft) => void;
}

export function EndField({ label, value, onChange }: EndFieldProps) {
  const { net } = useNetwork();
  return (
    <div className="pl-stack" style={{ gap: 8 }}>
      <Select
        label={label}
        required
        searchable
        limit={OPTIONS_SHOWN}
        placeholder="A zone or a host"
        data={optionsOf(net)}
        value={value.picked ?? null}
        onChange={(picked) => onChange({ ...value, picked: picked ?? undefined })}
      />
      {value.picked?.startsWith(PART) === true ? (
        <>
          <LineField
            label="Which part"
            required
            placeholder="198.51.100.0/24"
            value={value.cidr}
            onChange={(cidr) => onChange({ ...value, cidr })}
          />
          <LineField
            label="What it is called"
            required
            placeholder="Partner lab"
            value={value.name}
            onChange={(name) => onChange({ ...value, name })}
          />
        </>
      ) : null}
    </div>
  );
}

function optionsOf(net: NetworkView) {
  return [
    { group: 'Zones', items: net.zones.map((zone) => ({ value: zone.id as string, label: zone.name })) },
    { group: 'Hosts', items: net.hosts.map((host) => ({ value: host.id as string, label: host.name })) },
    {
      group: 'A part of a zone',
      items: net.zones.map((zone) => ({ value: `${PART}${zone.id}`, label: `Part of ${zone.name}…` })),
    },
  ];
}
