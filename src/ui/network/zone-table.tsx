/** The zones, most trusted first. */
import { useState } from 'react';
import { ProjectName } from '../kit/person-name.tsx';
import { Table } from '../kit/table.tsx';
import type { NetworkZoneView } from '#api/endpoints/network-views.ts';
import { ChangeDialog } from './change-dialog.tsx';
import { RowActs } from './row-acts.tsx';
import { useNetwork } from './network-context.ts';
import { CONTENT_HELD, kindsText } from './network-words.ts';

export function ZoneTable() {
  const { net, hat } = useNetwork();
  const [going, setGoing] = useState<NetworkZoneView>();
  return (
    <>
      {going === undefined ? null : <RemoveZone zone={going} close={() => setGoing(undefined)} />}
      <Table
        label="Zones"
        rows={net.zones}
        keyOf={(zone) => zone.id}
        columns={[
          { head: 'Zone', cell: (zone) => <span className="pl-strong">{zone.name}</span> },
          {
            head: 'For',
            cell: (zone) => (
              <>
                {kindsText(zone)}
                {zone.project === undefined ? null : (
                  <>
                    {' '}
                    of <ProjectName project={zone.project} link />
                  </>
                )}
              </>
            ),
          },
          { head: 'Trust', end: true, cell: (zone) => zone.trust },
          {
            head: 'Networks',
            cell: (zone) => (
              <>
                {zone.networks.length === 0 ? <span className="pl-dim">everything else</span> : null}
                {zone.networks.map(({ cidr, vlan }) => (
                  <code key={cidr} className="nw-net">
                    {cidr}
                    {vlan === undefined ? '' : ` (VLAN ${vlan})`}
                  </code>
                ))}
              </>
            ),
          },
          {
            head: 'Content',
            cell: (zone) =>
              zone.content === undefined ? <span className="pl-dim">not said</span> : CONTENT_HELD[zone.content],
          },
          {
            head: 'Link',
            cell: (zone) => (zone.link === undefined ? <span className="pl-dim">–</span> : <code>{zone.link}</code>),
          },
          { head: 'Hosts', end: true, cell: (zone) => zone.hostCount },
          {
            head: 'Actions',
            isHidden: hat === 'assess',
            end: true,
            cell: (zone) => <RowActs noun="zone" id={zone.id} name={zone.name} remove={() => setGoing(zone)} />,
          },
        ]}
      />
    </>
  );
}

/** Its addresses count as the internet's from then on, so this may take an exception. */
function RemoveZone({ zone, close }: { readonly zone: NetworkZoneView; readonly close: () => void }) {
  return (
    <ChangeDialog
      title={`Remove ${zone.name}?`}
      verb="Remove"
      danger
      close={close}
      edits={[{ kind: 'remove-zone', zone: zone.id }]}
      subject={{ zone: zone.id }}
    >
      <p className="pl-small">
        A zone with hosts or flows cannot be removed: those go first. Engagements bound to it no longer match it.
      </p>
    </ChangeDialog>
  );
}
