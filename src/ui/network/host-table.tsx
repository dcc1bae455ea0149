/** The machines, narrowed by what was typed. */
import { Link } from 'react-router';
import type { NetworkHostView } from '#api/endpoints/network-views.ts';
import { useAct } from '../data/query.ts';
import { useConfirm } from '../kit/confirm.tsx';
import { matching } from '../kit/matching.ts';
import { PersonName, ProjectName } from '../kit/person-name.tsx';
import { Status } from '../kit/status.tsx';
import { Table } from '../kit/table.tsx';
import { paths } from '../paths.ts';
import { useNetwork } from './network-context.ts';
import { hostLine, zoneNameOf } from './network-words.ts';
import { RowActs } from './row-acts.tsx';

const SHOWN_MAX = 100;

export function HostTable({ find }: { readonly find: string }) {
  const { net, hat, at } = useNetwork();
  const remove = useRemoveHost();
  const found = matching(net.hosts, find, (host) =>
    [host.name, ...host.addresses, ...host.macs, zoneNameOf(net, host.zone), hostLine(host)].join(' '),
  );
  return (
    <>
      <Table
        label="Hosts"
        rows={found.slice(0, SHOWN_MAX)}
        keyOf={(host) => host.id}
        columns={[
          {
            head: 'Host',
            cell: (host) => (
              <span className="pl-row" style={{ gap: 8 }}>
                <Link className="pl-main-link pl-nowrap" to={paths.network(hat, 'map', { host: host.id, at })}>
                  {host.name}
                </Link>
                {host.quarantine === undefined ? null : <Status tone="bad">Quarantined</Status>}
              </span>
            ),
          },
          { head: 'Zone', cell: (host) => zoneNameOf(net, host.zone) },
          { head: 'Does', cell: (host) => hostLine(host) || <span className="pl-dim">not said</span> },
          {
            head: 'Addresses',
            cell: (host) =>
              host.addresses.map((address) => (
                <code key={address} className="nw-net">
                  {address}
                </code>
              )),
          },
          {
            head: 'Content of',
            cell: (host) =>
              host.projects.length === 0 ? (
                <span className="pl-dim">–</span>
              ) : (
                host.projects.map((project, index) => (
                  <span key={project.id}>
                    {index === 0 ? '' : ', '}
                    <ProjectName project={project} link={hat === 'facility'} />
                  </span>
                ))
              ),
          },
          {
            head: 'Answers for it',
            cell: (host) =>
              host.owner === undefined ? <span className="pl-dim">–</span> : <PersonName person={host.owner} />,
          },
          {
            head: 'Actions',
            isHidden: hat === 'assess',
            end: true,
            cell: (host) => <RowActs noun="host" id={host.id} name={host.name} remove={() => remove(host)} />,
          },
        ]}
      />
      {found.length > SHOWN_MAX ? (
        <p className="pl-dim pl-small" style={{ marginTop: 6 }}>
          {found.length - SHOWN_MAX} more: type to narrow the list.
        </p>
      ) : null}
    </>
  );
}

function useRemoveHost() {
  const confirm = useConfirm();
  const change = useAct('change-network');
  return (host: NetworkHostView) =>
    confirm({
      title: `Remove ${host.name}?`,
      body: 'It leaves the model and then counts as an unknown device. Nothing on the machine changes.',
      verb: 'Remove',
      danger: true,
      act: () => change.mutateAsync({ body: { changes: [{ kind: 'remove-host', host: host.id }] } }),
    });
}
