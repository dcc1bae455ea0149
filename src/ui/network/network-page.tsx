/** The network: what it is meant to be, what was proved about it, what the gateway enforces, and what is amiss. */
import { Link, Navigate, useParams } from 'react-router';
import { useSearchParams } from '../kit/address.ts';
import type { NetworkView } from '#api/endpoints/network-views.ts';
import { useAnswer } from '../data/query.ts';
import { Notice } from '../kit/status.tsx';
import { instantOf } from '../ledger/at-picker.tsx';
import { paths } from '../paths.ts';
import { PastPage } from '../shell/past-page.tsx';
import type { Hat, NetworkTab } from '../paths.ts';
import { BlastTab } from './blast-tab.tsx';
import { DriftTab } from './drift-tab.tsx';
import { EditDialogs } from './edit-dialogs.tsx';
import { MapTab } from './map-tab.tsx';
import { ModeStatus } from './mode-bar.tsx';
import { NetworkContext } from './network-context.ts';
import { ProofTab } from './proof-tab.tsx';
import { QuarantineTab } from './quarantine-tab.tsx';
import { RulesTab } from './rules-tab.tsx';
import { StartTab } from './start-tab.tsx';
import { UnconfirmedBanner } from './unconfirmed.tsx';
import './map-and-blast.css';
import './rules.css';
// Last: narrow screens and paper overrule the parts.
import './network.css';

type AdminHat = Exclude<Hat, 'studio'>;

const REFRESH_MS = 15_000;

const TABS: readonly (readonly [NetworkTab, string])[] = [
  ['map', 'Map'],
  ['rules', 'Zones and flows'],
  ['proof', 'Proof'],
  ['blast', 'Blast radius'],
  ['quarantine', 'Quarantine'],
  ['drift', 'Drift and devices'],
  ['start', 'Import and export'],
];

export function NetworkPage({ hat }: { readonly hat: AdminHat }) {
  const { tab } = useParams();
  const [search] = useSearchParams();
  const at = instantOf(search);
  const then = at === undefined ? {} : { at };
  const network = useAnswer(
    'network',
    { query: { at } },
    { keep: true, ...(at === undefined ? { everyMs: REFRESH_MS } : {}) },
  );
  const chosen = TABS.find(([name]) => name === tab)?.[0];
  if (chosen === undefined) return <Navigate to={paths.network(hat, 'map', then)} replace />;
  return (
    <PastPage
      title="Network"
      lead="One model of zones, machines and flows. It is proved before it is loaded, and read back afterwards."
      actions={network.data === undefined ? undefined : <ModeStatus net={network.data} />}
      tabs={TABS.map(([name, text]) => [text, paths.network(hat, name, then)] as const)}
      at={at}
      of={network}
    >
      {(net) => (
        <NetworkContext value={{ net, hat, at }}>
          <UnconfirmedBanner />
          <Overdue net={net} hat={hat} />
          <TabBody tab={chosen} />
          <EditDialogs />
        </NetworkContext>
      )}
    </PastPage>
  );
}

function TabBody({ tab }: { readonly tab: NetworkTab }) {
  switch (tab) {
    case 'map':
      return <MapTab />;
    case 'rules':
      return <RulesTab />;
    case 'proof':
      return <ProofTab />;
    case 'blast':
      return <BlastTab />;
    case 'quarantine':
      return <QuarantineTab />;
    case 'drift':
      return <DriftTab />;
    case 'start':
      return <StartTab />;
  }
}

function Overdue({ net, hat }: { readonly net: NetworkView; readonly hat: AdminHat }) {
  const overdue = [...net.flows, ...net.exposures].filter((rule) => rule.overdue).length;
  if (overdue === 0) return null;
  return (
    <div style={{ marginBottom: 12 }}>
      <Notice tone="warn">
        {overdue === 1 ? 'The review of one rule is overdue.' : `The reviews of ${overdue} rules are overdue.`}{' '}
        <Link to={paths.network(hat, 'rules', { show: 'overdue' })}>Look at them</Link>
      </Notice>
    </div>
  );
}
