/** Says two minutes ahead that the session ends. The server ends it. */
import { Button } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { useNow } from '../data/now.ts';
import { watchPresence } from '../data/presence.ts';
import { useViewer } from '../data/viewer.ts';
import { relativeText } from '../kit/words.ts';

const WARNING_MS = 120_000;

export function IdleBanner() {
  const viewer = useViewer();
  const now = useNow();
  const client = useQueryClient();
  useEffect(watchPresence, []);
  const end = Math.min(viewer.idleUntil, viewer.session.until);
  if (end - now > WARNING_MS || end < now) return null;
  return (
    <div className="pl-banner" role="status">
      You will be signed out {relativeText(end, now)}.
      {end === viewer.session.until ? (
        ' Sign in again to carry on.'
      ) : (
        <Button
          size="compact-xs"
          variant="outline"
          color="inherit"
          onClick={() => void client.invalidateQueries({ queryKey: ['me'] })}
        >
          I am here
        </Button>
      )}
    </div>
  );
}
