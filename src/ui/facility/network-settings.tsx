/** Zones and hosts, as data. */
import { NumberInput, Select, TextInput } from '@mantine/core';
import { useState } from 'react';
import type { HostView, ZoneView } from '#api/endpoints/views.ts';
import { isId } from '#std/ids.ts';
import type { ZoneId } from '#std/ids.ts';
import { useAct } from '../data/query.ts';
import { useViewer } from '../data/viewer.ts';
import { ActButton, lacking } from '../kit/act-button.tsx';
import { Empty, Refusal } from '../kit/answer.tsx';
import { useConfirm } from '../kit/confirm.tsx';
import { Section } from '../kit/page.tsx';
import { Notice } from '../kit/status.tsx';
import { Table } from '../kit/table.tsx';

export function Network({
  zones,
  hosts,
}: {
  readonly zones: readonly ZoneView[];
  readonly hosts: readonly HostView[];
}) {
  const viewer = useViewer();
  const confirm = useConfirm();
  const [removeZone, removeHost] = [useAct('remove-zone'), useAct('remove-host')];
  const unless = lacking(viewer.may, 'zone.edit');
  const nameOf = (zone: ZoneId) => zones.find((one) => one.id === zone)?.name ?? zone;
  return (
    <>
      <Notice>
        Zones and hosts are recorded here as data: engagements can be bound to a zone, and requests are judged by the
        zone they come from. Firewalls are not configured from here yet.
      </Notice>
      <Section title="Zones">
        {zones.length === 0 ? (
          <Empty title="No zones yet">A zone is a part of your network with one level of trust.</Empty>
        ) : (
          <Table
            label="Zones"
            rows={[...zones].sort((a, b) => b.trust - a.trust)}
            keyOf={(zone) => zone.id}
            columns={[
              { head: 'Zone', cell: (zone) => <span className="pl-strong">{zone.name}</span> },
              { head: 'Trust', end: true, cell: (zone) => zone.trust },
              {
                head: 'Networks',
                cell: (zone) => (
                  <code>
                    {zone.networks
                      .map((one) => `${one.cidr}${one.vlan === undefined ? '' : ` (VLAN ${one.vlan})`}`)
                      .join(', ')}
                  </code>
                ),
              },
              { head: 'Hosts', end: true, cell: (zone) => hosts.filter((host) => host.zone === zone.id).length },
              {
                head: 'Act',
                end: true,
                cell: (zone) => (
                  <ActButton
                    size="compact-sm"
                    variant="default"
                    unless={unless}
                    onClick={() =>
                      confirm({
                        title: `Remove ${zone.name}?`,
                        body: 'Engagements bound to it no longer match it.',
                        verb: 'Remove',
                        danger: true,
                        act: () => removeZone.mutateAsync({ params: { zone: zone.id } }),
                      })
                    }
                  >
                    Remove…
                  </ActButton>
                ),
              },
            ]}
          />
        )}
        <ZoneForm unless={unless} />
      </Section>
      <Section title="Hosts">
        {hosts.length === 0 ? (
          <Empty title="No hosts yet" />
        ) : (
          <Table
            label="Hosts"
            rows={hosts}
            keyOf={(host) => host.id}
            columns={[
              { head: 'Host', cell: (host) => <span className="pl-strong">{host.name}</span> },
              { head: 'Zone', cell: (host) => nameOf(host.zone) },
              { head: 'Addresses', cell: (host) => <code>{host.addresses.join(', ')}</code> },
              { head: 'For', cell: (host) => host.purpose ?? '–' },
              {
                head: 'Act',
                end: true,
                cell: (host) => (
                  <ActButton
                    size="compact-sm"
                    variant="default"
                    unless={unless}
                    onClick={() =>
                      confirm({
                        title: `Remove ${host.name}?`,
                        body: 'It leaves the model; nothing on the machine changes.',
                        verb: 'Remove',
                        danger: true,
                        act: () => removeHost.mutateAsync({ params: { host: host.id } }),
                      })
                    }
                  >
                    Remove…
                  </ActButton>
                ),
              },
            ]}
          />
        )}
        {zones.length === 0 ? null : <HostForm zones={zones} unless={unless} />}
      </Section>
    </>
  );
}

function ZoneForm({ unless }: { readonly unless: string | undefined }) {
  const add = useAct('add-zone');
  const [name, setName] = useState('');
  const [trust, setTrust] = useState(50);
  const [cidr, setCidr] = useState('');
  const networks = cidr
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '')
    .map((one) => ({ cidr: one }));
  return (
    <div className="pl-row" style={{ marginTop: 10, alignItems: 'flex-end' }}>
      <TextInput label="New zone" value={name} onChange={(event) => setName(event.currentTarget.value)} />
      <NumberInput
        label="Trust"
        min={0}
        max={100}
        w={90}
        value={trust}
        onChange={(value) => setTrust(typeof value === 'number' ? value : 50)}
      />
      <TextInput
        label="Networks"
        placeholder="10.20.0.0/16"
        value={cidr}
        onChange={(event) => setCidr(event.currentTarget.value)}
      />
      <ActButton
        variant="default"
        unless={unless ?? (name === '' ? 'Give it a name.' : undefined)}
        onClick={() =>
          add.mutate(
            { body: { name, trust, networks } },
            {
              onSuccess: () => {
                setName('');
                setCidr('');
              },
            },
          )
        }
      >
        Add
      </ActButton>
      {add.error === null ? null : <Refusal error={add.error} />}
    </div>
  );
}

function HostForm({ zones, unless }: { readonly zones: readonly ZoneView[]; readonly unless: string | undefined }) {
  const add = useAct('add-host');
  const [name, setName] = useState('');
  const [address, setAddress] = useState('');
  const [zone, setZone] = useState<ZoneId | undefined>(zones[0]?.id);
  const addresses = address
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '');
  return (
    <div className="pl-row" style={{ marginTop: 10, alignItems: 'flex-end' }}>
      <TextInput label="New host" value={name} onChange={(event) => setName(event.currentTarget.value)} />
      <Select
        label="Zone"
        data={zones.map((one) => ({ value: one.id, label: one.name }))}
        value={zone ?? null}
        allowDeselect={false}
        onChange={(value) => {
          if (isId('zone', value)) setZone(value);
        }}
      />
      <TextInput
        label="Addresses"
        placeholder="10.20.0.12"
        value={address}
        onChange={(event) => setAddress(event.currentTarget.value)}
      />
      <ActButton
        variant="default"
        unless={unless ?? (name === '' || zone === undefined ? 'Give it a name and a zone.' : undefined)}
        onClick={() => {
          if (zone !== undefined)
            add.mutate(
              { body: { name, zone, addresses } },
              {
                onSuccess: () => {
                  setName('');
                  setAddress('');
                },
              },
            );
        }}
      >
        Add
      </ActButton>
      {add.error === null ? null : <Refusal error={add.error} />}
    </div>
  );
}
