/** The places that hold copies: who can undo their locks, said as it is; room, clocks, windows; and removals, which take two people and a week. */
import { Menu } from '@mantine/core';
import { IconDots } from '@tabler/icons-react';
import { useState } from 'react';
import type { VaultView } from '#api/endpoints/backup-views.ts';
import { useAct } from '../data/query.ts';
import { useViewer } from '../data/viewer.ts';
import { ActButton, lacking } from '../kit/act-button.tsx';
import { Empty } from '../kit/answer.tsx';
import { ActItem } from '../kit/act-item.tsx';
import { useConfirm } from '../kit/confirm.tsx';
import { Digest } from '../kit/digest.tsx';
import { Moment } from '../kit/moment.tsx';
import { Facts } from '../kit/page.tsx';
import { Notice, Status } from '../kit/status.tsx';
import { bytesText, countText } from '../kit/words.ts';
import { pastReason, useBackups } from './backup-context.ts';
import { moneyText, NATURES, STRENGTHS } from './backup-words.ts';
import { AskRemoval, Removals } from './removals.tsx';
import { VaultDialog } from './vault-dialog.tsx';

const WINDOW_MS = 15 * 60_000;

export function VaultsTab() {
  const shown = useBackups();
  const viewer = useViewer();
  const [enrolling, setEnrolling] = useState(false);
  const { vaults } = shown.backups;
  const enrol = (
    <ActButton unless={pastReason(shown) ?? lacking(viewer.may, 'backup.configure')} onClick={() => setEnrolling(true)}>
      Enrol a vault
    </ActButton>
  );
  return (
    <>
      {vaults.length === 0 ? (
        <Empty title="There is no vault" actions={enrol}>
          A vault is a machine or an object store of its own. It takes copies in and lets nobody remove them before
          their time.
        </Empty>
      ) : (
        <>
          <div className="pl-row" style={{ justifyContent: 'flex-end', marginBottom: 12 }}>
            {enrol}
          </div>
          <div className="bk-vaults">
            {vaults.map((vault) => (
              <VaultCard key={vault.id} vault={vault} />
            ))}
          </div>
          <Removals />
        </>
      )}
      {enrolling ? <VaultDialog known={undefined} close={() => setEnrolling(false)} /> : null}
    </>
  );
}

function VaultCard({ vault }: { readonly vault: VaultView }) {
  const [tone, says] = STRENGTHS[vault.locks];
  return (
    <article className="pl-card pl-pad pl-stack" aria-label={vault.name}>
      <header className="pl-spread">
        <div>
          <h2>{vault.name}</h2>
          <p className="pl-dim pl-small">{NATURES[vault.nature]}</p>
        </div>
        <VaultActs vault={vault} />
      </header>
      {vault.standing === 'retired' ? (
        <Notice>Retired: nothing more goes there. What lies there stays locked as it was promised.</Notice>
      ) : null}
      <Status tone={tone}>
        {says}. Locks last {vault.lockDays} days.
      </Status>
      {vault.clockDoubt === undefined ? null : <ClockDoubt vault={vault} doubt={vault.clockDoubt} />}
      {vault.windowUntil === undefined ? null : (
        <Notice tone="warn">
          Open for new keys and repositories; closes <Moment at={vault.windowUntil} />.
        </Notice>
      )}
      <VaultFacts vault={vault} />
    </article>
  );
}

function ClockDoubt({ vault, doubt }: { readonly vault: VaultView; readonly doubt: string }) {
  const shown = useBackups();
  const viewer = useViewer();
  const confirm = useConfirm();
  const trust = useAct('trust-vault-clock');
  return (
    <Notice tone="bad">
      <strong>Its clock is doubted.</strong> {doubt} Nothing expires there meanwhile.{' '}
      <ActButton
        size="compact-sm"
        variant="default"
        unless={pastReason(shown) ?? lacking(viewer.may, 'backup.configure')}
        onClick={() =>
          confirm({
            title: `Trust the clock of ${vault.name} again?`,
            body: 'Look at the machine’s clock itself first. Expiry goes on after this; no lock becomes shorter.',
            verb: 'The clock is right',
            act: () => trust.mutateAsync({ params: { vault: vault.id } }),
          })
        }
      >
        I looked at the clock…
      </ActButton>
    </Notice>
  );
}

function VaultFacts({ vault }: { readonly vault: VaultView }) {
  const { usedBytes, quotaBytes, centsPerMonth, currency, snapshotCount, policyCount, lastCopyAt, lockedUntil } = vault;
  const isFull = quotaBytes !== undefined && usedBytes > quotaBytes * 0.9;
  return (
    <Facts
      facts={[
        [
          'Address',
          <code key="address" className="pl-break">
            {vault.address}
          </code>,
        ],
        vault.identity === undefined
          ? [
              'Identity',
              <Status key="identity" tone="warn">
                no key is pinned: its receipts can’t be checked
              </Status>,
            ]
          : ['Identity', <Digest key="identity" value={vault.identity} what="the hash of its public key" />],
        ['Holds', `${countText(snapshotCount, 'snapshot')} of ${countText(policyCount, 'policy', 'policies')}`],
        [
          'Used',
          quotaBytes === undefined ? (
            bytesText(usedBytes)
          ) : (
            <Status key="used" tone={isFull ? 'bad' : 'quiet'}>
              {bytesText(usedBytes)} of {bytesText(quotaBytes)}
            </Status>
          ),
        ],
        centsPerMonth === undefined ? undefined : ['Costs', `about ${moneyText(centsPerMonth, currency)} a month`],
        ['Newest copy', lastCopyAt === undefined ? 'none' : <Moment key="copy" at={lastCopyAt} />],
        [
          'Newest lock ends',
          lockedUntil === undefined ? (
            'none'
          ) : (
            <>
              <Moment key="lock" at={lockedUntil} as="date" />
            </>
          ),
        ],
        ['Enrolled', <Moment key="enrolled" at={vault.enrolledAt} as="date" />],
      ]}
    />
  );
}

function VaultActs({ vault }: { readonly vault: VaultView }) {
  const shown = useBackups();
  const viewer = useViewer();
  const confirm = useConfirm();
  const [dialog, setDialog] = useState<'change' | 'removal'>();
  const [retire, open] = [useAct('retire-vault'), useAct('open-vault-window')];
  const past = pastReason(shown) ?? (vault.standing === 'retired' ? 'It is retired.' : undefined);
  const params = { vault: vault.id };
  const mayConfigure = past ?? lacking(viewer.may, 'backup.configure');
  const mayAsk = past ?? lacking(viewer.may, 'prune.ask');
  const openWindow = () =>
    confirm({
      title: `Let ${vault.name} take new keys for 15 minutes?`,
      body: 'Only in such a window can a new repository or another key be written there. Outside of it nobody can plant a key.',
      verb: 'Open the window',
      reason: 'required',
      act: (reason) => open.mutateAsync({ params, body: { until: Date.now() + WINDOW_MS, reason: reason ?? '' } }),
    });
  const retireIt = () =>
    confirm({
      title: `Retire ${vault.name}?`,
      body: 'No more copies go there. What lies there stays locked as it was promised.',
      verb: 'Retire it',
      danger: true,
      reason: 'required',
      act: (reason) => retire.mutateAsync({ params, body: { reason: reason ?? '' } }),
    });
  return (
    <>
      <Menu position="bottom-end" withinPortal>
        <Menu.Target>
          <button type="button" className="pl-icon-button" aria-label={`Acts on ${vault.name}`}>
            <IconDots size={17} aria-hidden />
          </button>
        </Menu.Target>
        <Menu.Dropdown>
          <ActItem unless={mayConfigure} onClick={() => setDialog('change')}>
            Change…
          </ActItem>
          <ActItem unless={mayConfigure} onClick={openWindow}>
            Open a window for keys…
          </ActItem>
          <ActItem unless={mayAsk} onClick={() => setDialog('removal')}>
            Ask to remove snapshots…
          </ActItem>
          <ActItem unless={mayConfigure} color="red" onClick={retireIt}>
            Retire…
          </ActItem>
        </Menu.Dropdown>
      </Menu>
      {dialog === 'change' ? <VaultDialog known={vault} close={() => setDialog(undefined)} /> : null}
      {dialog === 'removal' ? <AskRemoval vault={vault} close={() => setDialog(undefined)} /> : null}
    </>
  );
}
