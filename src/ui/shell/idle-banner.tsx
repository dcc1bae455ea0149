/** Says two minutes ahead that the session ends, and ends it when nobody is there. */
import { Button } from '@mantine/core';
import { useEffect } from 'react';
import { useNow } from '../data/now.ts';
import { presenceEndsAt, watchPresence } from '../data/presence.ts';
import { useAct } from '../data/query.ts';
import { useViewer } from '../data/viewer.ts';
import { relativeText } from '../kit/words.ts';
import { paths } from '../paths.ts';
import { currentUploads } from '../files/upload-queue.ts';

const WARNING_MS = 120_000;

export function IdleBanner() {
  const viewer = useViewer();
  const now = useNow();
  const signOut = useAct('sign-out');
  const { mutate } = signOut;
  useEffect(watchPresence, []);
  // A running upload is somebody at work, as the server sees it too.
  const idleAt = currentUploads().some((one) => one.state === 'running') ? Number.POSITIVE_INFINITY : presenceEndsAt();
  const gone = now >= idleAt;
  useEffect(() => {
    if (gone) mutate({}, { onSettled: () => window.location.assign(paths.signIn(window.location.pathname + window.location.search)) });
  }, [gone, mutate]);
  const end = Math.min(idleAt, viewer.session.until);
  if (end - now > WARNING_MS || end < now) return null;
  return (
    <div className="pl-banner" role="status">
      You will be signed out {relativeText(end, now)}.
      {end === viewer.session.until ? ' Sign in again to carry on.' : <Button size="compact-xs" variant="outline" color="inherit">I am here</Button>}
    </div>
  );
}
