/** Machines that another server knows of: read, guessed at, sorted into zones by a person, and added together. */
import { Checkbox, FileButton, Button, Select, Textarea } from '@mantine/core';
import { IconFolderOpen } from '@tabler/icons-react';
import { useState } from 'react';
import type { DeviceView } from '#api/endpoints/network-import.ts';
import { isId } from '#std/ids.ts';
import type { ZoneId } from '#std/ids.ts';
import { useAct } from '../data/query.ts';
import { ActButton } from '../kit/act-button.tsx';
import { Empty, RefusedHere } from '../kit/answer.tsx';
import { sayRefused } from '../kit/say.ts';
import { Table } from '../kit/table.tsx';
import { countText } from '../kit/words.ts';
import { ChangeDialog } from './change-dialog.tsx';
import type { Edit } from './change-dialog.tsx';
import { Troubles } from './import-result.tsx';
import { useNetwork } from './network-context.ts';
import { HOST_ROLES } from './network-words.ts';

const SHOWN_MAX = 200;

export function Devices() {
  const [text, setText] = useState('');
  const read = useAct('read-devices');
  return (
    <div className="pl-card pl-pad pl-stack nw-file">
      <div className="pl-row">
        <FileButton onChange={(file) => void file?.text().then(setText).catch(sayRefused)}>
          {(props) => (
            <Button
              {...props}
              size="compact-sm"
              variant="default"
              leftSection={<IconFolderOpen size={14} aria-hidden />}
            >
              Open a lease file…
            </Button>
          )}
        </FileButton>
        <span className="pl-dim pl-small">
          dhcpd.leases, dnsmasq.leases, Kea’s CSV, or what <code>ip neigh</code> and <code>arp -an</code> print
        </span>
      </div>
      <Textarea
        aria-label="Leases or ARP table"
        placeholder="10.20.16.21 dev eth1 lladdr 02:50:4c:00:14:15 REACHABLE"
        rows={4}
        spellCheck={false}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
      />
      {read.error === null ? null : <RefusedHere error={read.error} />}
      <div className="pl-actions" style={{ justifyContent: 'flex-end' }}>
        <ActButton
          variant="default"
          loading={read.isPending}
          unless={text.trim() === '' ? 'Open or paste something first.' : undefined}
          onClick={() => read.mutate({ body: { text } })}
        >
          Read the machines
        </ActButton>
      </div>
      {read.data === undefined ? null : (
        <Found key={text.length} devices={read.data.devices} troubles={read.data.troubles} />
      )}
    </div>
  );
}

interface FoundProps {
  readonly devices: readonly DeviceView[];
  readonly troubles: readonly { readonly line: number; readonly says: string }[];
}

function Found({ devices, troubles }: FoundProps) {
  const unknown = devices.filter(({ known }) => known === undefined);
  const [zones, setZones] = useState<Readonly<Record<string, ZoneId | undefined>>>({});
  const [left, setLeft] = useState<ReadonlySet<string>>(new Set());
  const [adding, setAdding] = useState(false);
  const zoneOf = (device: DeviceView) => zones[device.name] ?? device.zone;
  const ready = unknown.flatMap((device) => {
    const zone = left.has(device.name) ? undefined : zoneOf(device);
    return zone === undefined ? [] : [editOf(device, zone)];
  });
  return (
    <>
      {troubles.length === 0 ? null : <Troubles troubles={[...troubles]} />}
      {unknown.length === 0 ? (
        <Empty title={devices.length === 0 ? 'No machine was found in this' : 'Every one of these is known already'} />
      ) : (
        <DeviceTable
          devices={unknown}
          zoneOf={zoneOf}
          left={left}
          onZone={(name, zone) => setZones((before) => ({ ...before, [name]: zone }))}
          onLeave={(name) => setLeft((before) => before.symmetricDifference(new Set([name])))}
        />
      )}
      <div className="pl-spread">
        <span className="pl-dim pl-small">
          {countText(devices.length, 'machine')} read, {devices.length - unknown.length} known already
        </span>
        <ActButton
          unless={ready.length === 0 ? 'Choose a zone for at least one of them.' : undefined}
          onClick={() => setAdding(true)}
        >
          Add {countText(ready.length, 'host')}…
        </ActButton>
      </div>
      {adding ? (
        <ChangeDialog
          title={`Add ${countText(ready.length, 'host')}`}
          verb="Add them"
          close={() => setAdding(false)}
          edits={ready}
        />
      ) : null}
    </>
  );
}

function editOf({ name, addresses, macs, role, because }: DeviceView, zone: ZoneId): Edit {
  return {
    kind: 'add-host',
    zone,
    name,
    addresses,
    role,
    purpose: because.slice(0, 200),
    ...(macs.length === 0 ? {} : { macs }),
  };
}

interface DeviceTableProps {
  readonly devices: readonly DeviceView[];
  readonly zoneOf: (device: DeviceView) => ZoneId | undefined;
  readonly left: ReadonlySet<string>;
  readonly onZone: (name: string, zone: ZoneId | undefined) => void;
  readonly onLeave: (name: string) => void;
}

function DeviceTable({ devices, zoneOf, left, onZone, onLeave }: DeviceTableProps) {
  const { net } = useNetwork();
  return (
    <Table
      label="Machines that were read"
      rows={devices.slice(0, SHOWN_MAX)}
      keyOf={(device) => device.name}
      columns={[
        {
          head: 'Add',
          cell: (device) => (
            <Checkbox
              aria-label={`Add ${device.name}`}
              checked={!left.has(device.name)}
              onChange={() => onLeave(device.name)}
            />
          ),
        },
        { head: 'Machine', cell: (device) => <span className="pl-strong">{device.name}</span> },
        {
          head: 'Addresses',
          cell: (device) => (
            <code>
              {device.addresses.join(', ')} <span className="pl-dim">{device.macs.join(', ')}</span>
            </code>
          ),
        },
        {
          head: 'Probably',
          cell: (device) => (
            <span className="nw-why">
              {HOST_ROLES[device.role]}
              <small className="pl-dim">{device.because}</small>
            </span>
          ),
        },
        {
          head: 'Zone',
          cell: (device) => (
            <Select
              aria-label={`Zone of ${device.name}`}
              size="xs"
              w={180}
              placeholder="Which zone?"
              data={net.zones.map((zone) => ({ value: zone.id, label: zone.name }))}
              value={zoneOf(device) ?? null}
              onChange={(value) => onZone(device.name, isId('zone', value) ? value : undefined)}
            />
          ),
        },
      ]}
    />
  );
}
