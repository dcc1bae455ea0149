/** Backups: where copies lie and how far they are behind, the way back, what proves it, and what looks like an attack. */
import { Navigate, useParams } from 'react-router';
import { useSearchParams } from '../kit/address.ts';
import type { BackupsView } from '#api/endpoints/backup-views.ts';
import { useAnswer } from '../data/query.ts';
import { instantOf } from '../ledger/at-picker.tsx';
import { paths } from '../paths.ts';
import { PastPage } from '../shell/past-page.tsx';
import type { BackupTab, Hat } from '../paths.ts';
import { AlarmBanner, AlarmsTab } from './alarms-tab.tsx';
import { BackupContext } from './backup-context.ts';
import { ClosingTab } from './closing-tab.tsx';
import { CopiesTab } from './copies-tab.tsx';
import { DrillsTab } from './drills-tab.tsx';
import { ProvenStatus } from './proven.tsx';
import { RestoreTab } from './restore-tab.tsx';
import { RunbookTab } from './runbook-tab.tsx';
import { VaultsTab } from './vaults-tab.tsx';
import './backup-time.css';
import './backup.css';

const REFRESH_MS = 15_000;
const RUNNING_REFRESH_MS = 1000;

const TABS: readonly (readonly [BackupTab, string])[] = [
  ['copies', 'Copies'],
  ['restore', 'Restore'],
  ['drills', 'Drills'],
  ['vaults', 'Vaults'],
  ['alarms', 'Alarms'],
  ['runbook', 'Runbook'],
  ['closing', 'End of project'],
];

export function BackupsPage({ hat }: { readonly hat: Exclude<Hat, 'studio'> }) {
  const { tab } = useParams();
  const [search] = useSearchParams();
  const at = instantOf(search);
  const then = at === undefined ? {} : { at };
  const calm = useAnswer('backups', { query: { at } }, { keep: true });
  const isBusy = (calm.data?.running.length ?? 0) > 0 || calm.data?.policies.some(({ running }) => running) === true;
  const answer = useAnswer(
    'backups',
    { query: { at } },
    { keep: true, ...(at === undefined ? { everyMs: isBusy ? RUNNING_REFRESH_MS : REFRESH_MS } : {}) },
  );
  const chosen = TABS.find(([name]) => name === tab)?.[0];
  if (chosen === undefined) return <Navigate to={paths.backups(hat, 'copies', then)} replace />;
  return (
    <PastPage
      title="Backups"
      lead="Copies that nobody can remove before their time, and restores that are proved."
      actions={answer.data === undefined ? undefined : <ProvenStatus backups={answer.data} />}
      tabs={TABS.map(([name, text]) => [tabText(name, text, answer.data), paths.backups(hat, name, then)] as const)}
      at={at}
      of={answer}
      hasOwnTime={chosen === 'restore'}
    >
      {(backups) => (
        <BackupContext value={{ backups, hat, at }}>
          {chosen === 'alarms' ? null : <AlarmBanner />}
          <TabBody tab={chosen} />
        </BackupContext>
      )}
    </PastPage>
  );
}

/** An alarm that nobody has settled is counted where it is looked at. */
function tabText(tab: BackupTab, text: string, backups: BackupsView | undefined): string {
  const open = backups?.alarms.filter(({ settled }) => settled === undefined).length ?? 0;
  return tab === 'alarms' && open > 0 ? `${text} (${open})` : text;
}

function TabBody({ tab }: { readonly tab: BackupTab }) {
  switch (tab) {
    case 'copies':
      return <CopiesTab />;
    case 'restore':
      return <RestoreTab />;
    case 'drills':
      return <DrillsTab />;
    case 'vaults':
      return <VaultsTab />;
    case 'alarms':
      return <AlarmsTab />;
    case 'runbook':
      return <RunbookTab />;
    case 'closing':
      return <ClosingTab />;
  }
}
