/** One machine: its facts, what it would expose if it were taken over, and the button that takes it off the network. */
import { Drawer } from '@mantine/core';
import { IconPencil } from '@tabler/icons-react';
import { Link } from 'react-router';
import type { NetworkHostView } from '#api/endpoints/network-views.ts';
import { useAnswer } from '../data/query.ts';
import { useViewer } from '../data/viewer.ts';
import { ActButton, lacking } from '../kit/act-button.tsx';
import { Answer, Empty } from '../kit/answer.tsx';
import { Facts } from '../kit/page.tsx';
import { PersonName, ProjectName } from '../kit/person-name.tsx';
import { Status } from '../kit/status.tsx';
import { paths } from '../paths.ts';
import { Breach } from './breach.tsx';
import { useDialog } from './dialog-address.ts';
import { gatewayNote, pastReason, useNetwork } from './network-context.ts';
import { HOST_ROLES, zoneNameOf } from './network-words.ts';
import { QuarantineAct } from './quarantine-act.tsx';

interface HostDrawerProps {
  readonly host: string | undefined;
  readonly close: () => void;
}

export function HostDrawer({ host, close }: HostDrawerProps) {
  const { net } = useNetwork();
  const found = net.hosts.find((one) => one.id === host);
  return (
    <Drawer
      opened={host !== undefined}
      onClose={close}
      position="right"
      size={460}
      title={found?.name ?? 'Host'}
      closeButtonProps={{ 'aria-label': 'Close' }}
      overlayProps={{ backgroundOpacity: 0.35 }}
    >
      {found === undefined ? (
        <Empty title="No such host here">It was removed, or was not there yet at this instant.</Empty>
      ) : (
        <HostBody host={found} />
      )}
    </Drawer>
  );
}

function HostBody({ host }: { readonly host: NetworkHostView }) {
  const shown = useNetwork();
  const viewer = useViewer();
  const { open } = useDialog();
  const past = pastReason(shown);
  return (
    <div className="pl-stack">
      {host.quarantine === undefined ? null : (
        <Link to={paths.network(shown.hat, 'quarantine', { show: host.quarantine })}>
          <Status tone="bad">In quarantine: nothing reaches it</Status>
        </Link>
      )}
      <HostFacts host={host} />
      <div className="pl-row">
        <QuarantineAct
          scope={{ kind: 'host', host: host.id }}
          name={host.name}
          note={gatewayNote(shown)}
          unless={past ?? (host.quarantine === undefined ? undefined : 'It is in quarantine already.')}
        />
        <ActButton
          variant="default"
          leftSection={<IconPencil size={15} aria-hidden />}
          unless={past ?? lacking(viewer.may, 'zone.edit')}
          onClick={() => open('host', host.id)}
        >
          Change…
        </ActButton>
      </div>
      <h3 className="nw-drawer-head">If {host.name} were taken over</h3>
      <HostBreach host={host} />
    </div>
  );
}

function HostFacts({ host }: { readonly host: NetworkHostView }) {
  const { net } = useNetwork();
  return (
    <Facts
      facts={[
        ['Zone', zoneNameOf(net, host.zone)],
        [
          'Does',
          [host.role === undefined ? 'not said' : HOST_ROLES[host.role], host.purpose].filter(Boolean).join(', '),
        ],
        ['Addresses', <code>{host.addresses.join(', ') || 'none'}</code>],
        host.macs.length === 0 ? undefined : ['Hardware', <code>{host.macs.join(', ')}</code>],
        host.socket === undefined ? undefined : ['Plugged in at', host.socket],
        host.owner === undefined ? undefined : ['Answers for it', <PersonName person={host.owner} />],
        host.projects.length === 0
          ? undefined
          : [
              'Content of',
              host.projects.map((project, index) => (
                <span key={project.id}>
                  {index === 0 ? '' : ', '}
                  <ProjectName project={project} />
                </span>
              )),
            ],
      ]}
    />
  );
}

function HostBreach({ host }: { readonly host: NetworkHostView }) {
  const { at } = useNetwork();
  const body = { subjects: [{ kind: 'host' as const, host: host.id }], ...(at === undefined ? {} : { at }) };
  const breach = useAnswer('network-breach', { body });
  return <Answer of={breach}>{(found) => <Breach breach={found} />}</Answer>;
}
