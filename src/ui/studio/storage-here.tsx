/** Central storage at the machine that somebody sits at: closed, open until when, or why it cannot be opened and whom to ask. */
import { IconPlugConnected, IconPlugConnectedX } from '@tabler/icons-react';
import type { SharePathView } from '#api/endpoints/share-views.ts';
import type { ShareView } from '#api/endpoints/shares.ts';
import { useAct, useAnswer } from '../data/query.ts';
import { Denial } from '../data/client.ts';
import { ActButton } from '../kit/act-button.tsx';
import { Moment } from '../kit/moment.tsx';
import { Notice, Status } from '../kit/status.tsx';

const LOOK_MS = 20_000;

/** Nothing where the facility declares no such way. */
export function StorageHere({ alias }: { readonly alias: string }) {
  const share = useAnswer('see-share', { params: { project: alias } }, { everyMs: LOOK_MS, keep: true });
  if (share.data === undefined || (!share.data.offered && share.data.open === undefined)) return null;
  return <StorageCard alias={alias} share={share.data} />;
}

function StorageCard({ alias, share }: { readonly alias: string; readonly share: ShareView }) {
  const opening = useAct('open-share');
  const closing = useAct('end-my-session');
  const { machine, open, refused } = share;
  const failed = opening.error ?? closing.error;
  const unless = refused === undefined ? undefined : `${refused.message} ${refused.ask ?? ''}`;
  return (
    <section className="pl-card pl-pad pl-stack" aria-label="Storage at this machine" style={{ marginBottom: 18 }}>
      <div className="pl-spread">
        <h2 style={{ fontSize: 15 }}>Storage at this machine</h2>
        {open === undefined ? <Status tone="quiet">Closed</Status> : <Status tone="ok">Open</Status>}
      </div>
      <div className="pl-spread" style={{ alignItems: 'flex-start', gap: 14 }}>
        <div aria-live="polite" style={{ flex: '1 1 300px' }}>
          {open === undefined ? (
            <Closed machine={machine?.name} enforced={share.enforced} refused={refused} />
          ) : (
            <>
              {storageText(open.paths)} is open for <b>{machine?.name ?? 'this machine'}</b> until{' '}
              <Moment at={open.until} />. It stays open when this page signs you out for being idle, and closes when you
              sign out, close it here, or somebody else signs in at this machine.
            </>
          )}
        </div>
        {open === undefined ? (
          <ActButton
            leftSection={<IconPlugConnected size={16} aria-hidden />}
            loading={opening.isPending}
            unless={unless}
            onClick={() => opening.mutate({ params: { project: alias } })}
          >
            Open storage
          </ActButton>
        ) : (
          <ActButton
            variant="default"
            leftSection={<IconPlugConnectedX size={16} aria-hidden />}
            loading={closing.isPending}
            onClick={() => closing.mutate({ params: { session: open.session } })}
          >
            Close storage
          </ActButton>
        )}
      </div>
      {share.enforced || refused !== undefined ? null : (
        <Notice tone="warn">
          The network’s rules are not enforced (mode {share.mode}), so this machine may reach the storage without this
          too.
        </Notice>
      )}
      {failed === null || failed === undefined ? null : <Notice tone="bad">{failureText(failed)}</Notice>}
    </section>
  );
}

interface ClosedProps {
  readonly machine: string | undefined;
  readonly enforced: boolean;
  readonly refused: ShareView['refused'];
}

function Closed({ machine = 'this machine', enforced, refused }: ClosedProps) {
  if (refused !== undefined) {
    return (
      <>
        {refused.message} <span className="pl-dim">{refused.ask}</span>
      </>
    );
  }
  return enforced ? (
    <>
      Central storage cannot be reached from <b>{machine}</b> until you open it for your working day.
    </>
  ) : (
    <>
      Open central storage for <b>{machine}</b> before you work with it, for your working day.
    </>
  );
}

/** `nas-1 (tcp 445)`: each storage once, with its ports. */
function storageText(paths: readonly SharePathView[]): string {
  const byHost = Map.groupBy(paths, ({ host }) => host.name);
  const each = [...byHost].map(([name, some]) => {
    const ports = [...new Set(some.map(({ protocol, port }) => `${protocol} ${port}`))];
    return `${name} (${ports.join(', ')})`;
  });
  return each.join(', ') || 'Storage';
}

function failureText(error: Error): string {
  return error instanceof Denial && error.ask !== undefined ? `${error.message} ${error.ask}` : error.message;
}
