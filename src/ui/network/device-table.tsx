/** Devices that were seen on the wire and are in no list: added as hosts, shut out, or gone again. */
import { IconBiohazard, IconPlus } from '@tabler/icons-react';
import { useNavigate } from 'react-router';
import type { NetworkFindingView } from '#api/endpoints/network-views.ts';
import { newId } from '../data/new-id.ts';
import { useAct } from '../data/query.ts';
import { useViewer } from '../data/viewer.ts';
import { ActButton, lacking } from '../kit/act-button.tsx';
import { useConfirm } from '../kit/confirm.tsx';
import { Moment } from '../kit/moment.tsx';
import { sayRefused } from '../kit/say.ts';
import { Table } from '../kit/table.tsx';
import { paths } from '../paths.ts';
import { useDialog } from './dialog-address.ts';
import { pastReason, useNetwork } from './network-context.ts';
import { zoneAt } from './zone-at.ts';

export function DeviceTable({ devices }: { readonly devices: readonly NetworkFindingView[] }) {
  const shown = useNetwork();
  const viewer = useViewer();
  const { open } = useDialog();
  const settle = useAct('settle-network-finding');
  const shut = useShutOut();
  const past = pastReason(shown);
  const start = (device: NetworkFindingView) => ({ address: device.from, mac: device.mac });
  return (
    <Table
      label="Unknown devices"
      rows={devices}
      keyOf={(device) => device.key}
      columns={[
        {
          head: 'Device',
          cell: (device) => (
            <span>
              <code className="pl-strong">{device.from ?? 'no address'}</code>
              <div>
                <code className="pl-dim">{device.mac ?? 'no hardware address'}</code>
              </div>
            </span>
          ),
        },
        { head: 'What was seen', cell: (device) => <span className="nw-why">{device.says}</span> },
        { head: 'First', cell: (device) => <Moment at={device.firstAt} /> },
        { head: 'Last', cell: (device) => <Moment at={device.lastAt} /> },
        {
          head: 'Next step',
          end: true,
          cell: (device) => (
            <span className="pl-row nw-row-acts">
              <ActButton
                size="compact-sm"
                variant="default"
                leftSection={<IconPlus size={14} aria-hidden />}
                unless={past ?? lacking(viewer.may, 'zone.edit')}
                onClick={() => open('host', undefined, start(device))}
              >
                Add as host…
              </ActButton>
              <ActButton
                size="compact-sm"
                color="red"
                variant="light"
                leftSection={<IconBiohazard size={14} aria-hidden />}
                unless={past ?? shut.unless(device)}
                onClick={() => shut.ask(device)}
              >
                Quarantine…
              </ActButton>
              <ActButton
                size="compact-sm"
                variant="subtle"
                unless={past ?? lacking(viewer.may, 'network.enforce')}
                onClick={() => settle.mutate({ body: { key: device.key } }, { onError: sayRefused })}
              >
                It is gone
              </ActButton>
            </span>
          ),
        },
      ]}
    />
  );
}

/** A quarantine is about a host: the device becomes one, named by its hardware, and is taken off in the same breath. */
function useShutOut() {
  const { net } = useNetwork();
  const viewer = useViewer();
  const confirm = useConfirm();
  const navigate = useNavigate();
  const [add, quarantine] = [useAct('change-network'), useAct('quarantine')];
  const unless = (device: NetworkFindingView) =>
    lacking(viewer.may, 'zone.edit') ??
    lacking(viewer.may, 'quarantine.order') ??
    (zoneAt(net, device.from) === undefined ? 'Its address lies in no zone: rules cannot name it.' : undefined);
  const ask = (device: NetworkFindingView) => {
    const [zone, address] = [zoneAt(net, device.from), device.from];
    if (zone === undefined || address === undefined) return;
    const name = `unknown ${device.mac ?? address}`;
    confirm({
      title: `Put ${address} in quarantine?`,
      body: (
        <>
          It is listed as “{name}” in {zone.name}, and nothing reaches it through the gateway from then on. Machines of
          its own segment still do, below the gateway.
        </>
      ),
      verb: 'Quarantine now',
      danger: true,
      reason: 'required',
      act: async (reason) => {
        const host = newId('host');
        const macs = device.mac === undefined ? {} : { macs: [device.mac] };
        await add.mutateAsync({
          body: { changes: [{ kind: 'add-host', host, zone: zone.id, name, addresses: [address], ...macs }] },
        });
        await quarantine.mutateAsync({ body: { scope: { kind: 'host', host }, reason: reason ?? '' } });
        await navigate(paths.network('facility', 'quarantine'));
      },
    });
  };
  return { unless, ask };
}
