/** Rules that somebody changed wait for somebody to keep them; without that they go back by themselves. */
import { IconClockHour4 } from '@tabler/icons-react';
import { useEffect, useState } from 'react';
import { useAct } from '../data/query.ts';
import { useViewer } from '../data/viewer.ts';
import { ActButton, lacking } from '../kit/act-button.tsx';
import { sayRefused } from '../kit/say.ts';
import { useNetwork } from './network-context.ts';

const TICK_MS = 250;

export function UnconfirmedBanner() {
  const { net, at } = useNetwork();
  const { apply } = net;
  if (at !== undefined || apply?.standing !== 'unconfirmed' || apply.confirmBy === undefined) return null;
  return <Countdown key={apply.id} apply={apply.id} confirmBy={apply.confirmBy} />;
}

type Apply = NonNullable<ReturnType<typeof useNetwork>['net']['apply']>;

function Countdown({ apply, confirmBy }: { readonly apply: Apply['id']; readonly confirmBy: number }) {
  const viewer = useViewer();
  const keep = useAct('confirm-apply');
  const leftMs = useCountdown(confirmBy);
  const seconds = Math.ceil(leftMs / 1000);
  return (
    <div className="nw-unconfirmed">
      <IconClockHour4 size={22} aria-hidden />
      <div>
        <strong role="alert">New rules are loaded and wait for you.</strong>
        <p className="pl-small">
          {seconds > 0 ? (
            <>
              Are you still connected, and does everybody still work? Without a yes the rules before them come back in{' '}
              <b className="nw-seconds">{seconds} s</b>.
            </>
          ) : (
            'The time is over: the gateway puts the rules before them back.'
          )}
        </p>
      </div>
      <ActButton
        unless={seconds > 0 ? lacking(viewer.may, 'network.enforce') : 'The time is over.'}
        onClick={() => keep.mutate({ params: { apply } }, { onError: sayRefused })}
      >
        Keep these rules
      </ActButton>
    </div>
  );
}

/** Milliseconds until then by this machine's clock; 0 afterwards. */
function useCountdown(until: number): number {
  const [leftMs, setLeftMs] = useState(() => Math.max(0, until - Date.now()));
  useEffect(() => {
    const timer = setInterval(() => setLeftMs(Math.max(0, until - Date.now())), TICK_MS);
    return () => clearInterval(timer);
  }, [until]);
  return leftMs;
}
