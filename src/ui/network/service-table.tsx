/** Services, and how many rules use each. */
import type { ServiceView } from '#api/endpoints/network-views.ts';
import { useAct } from '../data/query.ts';
import { useConfirm } from '../kit/confirm.tsx';
import { Table } from '../kit/table.tsx';
import { useNetwork } from './network-context.ts';
import { portsText } from './network-words.ts';
import { RowActs } from './row-acts.tsx';

export function ServiceTable() {
  const { net, hat } = useNetwork();
  const confirm = useConfirm();
  const change = useAct('change-network');
  const uses = (id: ServiceView['id']) =>
    [...net.flows, ...net.exposures].filter((rule) => rule.service.id === id).length;
  const retire = (service: ServiceView) =>
    confirm({
      title: `Remove the service ${service.name}?`,
      body: 'Only a service that no rule uses can be removed.',
      verb: 'Remove',
      danger: true,
      act: () => change.mutateAsync({ body: { changes: [{ kind: 'retire-service', service: service.id }] } }),
    });
  return (
    <Table
      label="Services"
      rows={net.services}
      keyOf={(service) => service.id}
      columns={[
        { head: 'Service', cell: (service) => <span className="pl-strong">{service.name}</span> },
        { head: 'Ports', cell: (service) => <code>{portsText(service.ports)}</code> },
        { head: 'Plane', cell: (service) => (service.plane === 'management' ? 'Management' : 'Work') },
        { head: 'Rules', end: true, cell: (service) => uses(service.id) },
        {
          head: 'Actions',
          isHidden: hat === 'assess',
          end: true,
          cell: (service) => (
            <RowActs noun="service" id={service.id} name={service.name} remove={() => retire(service)} />
          ),
        },
      ]}
    />
  );
}
