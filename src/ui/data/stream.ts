/**
 * The server's event stream turned into invalidations: each message names what it concerns, and every answer on the page that
 * may have changed is asked anew. Bursts are gathered, so that a busy transfer costs a few requests a second at most.
 */
import { useEffect, useState } from 'react';
import type { QueryClient } from '@tanstack/react-query';
import type { EndpointName } from '#api/endpoints.ts';
import { API_PREFIX } from '#api/endpoints.ts';

const GATHER_MS = 300;
const RETRY_MS = 3000;

const LEDGER: readonly EndpointName[] = ['search-ledger', 'person-history', 'project-history', 'checkpoint', 'today'];
const ACCESS: readonly EndpointName[] = [
  'me',
  'project-people',
  'list-projects',
  'see-project',
  'list-people',
  'see-person',
  'list-requests',
  'who-had-access',
  'what-can',
  'who-can',
];
const SESSIONS: readonly EndpointName[] = [
  'see-share',
  'list-sessions',
  'my-sessions',
  'project-sessions',
  'see-person',
  'list-cuts',
  'see-cut',
  'list-projects',
  'see-project',
];
const FILES: readonly EndpointName[] = ['list-files', 'list-bin', 'list-set-aside'];

/** Paths come and go with sessions: pages of the network ask for those at their own pace. */
const NETWORK: readonly EndpointName[] = [
  'network',
  'list-quarantines',
  'network-map',
  'prove-network',
  'network-reach',
  'network-blast',
  'network-breach',
];
const NETWORK_KINDS = ['service.', 'flow.', 'exposure.', 'invariant.', 'quarantine.'];

/** Progress is asked for at the page's own pace. */
const BACKUPS: readonly EndpointName[] = [
  'backups',
  'project-backups',
  'list-restores',
  'list-drills',
  'see-drill',
  'removable-backups',
  'runbook',
];
const BACKUP_KINDS = ['vault.', 'backup.', 'restore.', 'drill.', 'alarm.', 'hold.', 'change.', 'prune.', 'runbook.'];

/** Which answers an entry of a kind may change, by the start of the kind. */
const CONCERNS: readonly (readonly [string, readonly EndpointName[]])[] = [
  ['file.', FILES],
  ['folder.made', FILES],
  ['folder.removed', FILES],
  ['upload.', FILES],
  ['session.', SESSIONS],
  ['cut.', [...SESSIONS, 'network', 'list-quarantines']],
  ['signin.', ['list-people', 'see-person']],
  ['engagement.', ACCESS],
  ['request.', ACCESS],
  ['review.', ACCESS],
  ['project.', ACCESS],
  ['workspace.', ACCESS],
  ['person.', ACCESS],
  ['credential.', ['my-credentials', 'see-person', 'list-tokens', 'me']],
  ['invitation.', ['see-person', 'list-people']],
  ['recovery.', ['list-recoveries', 'see-person']],
  ['facility.', ['facility', 'me']],
  ['zone.', ['facility', ...NETWORK]],
  ['host.', ['facility', ...NETWORK]],
  ['network.', ['network', 'network-map', 'prove-network', 'network-denials']],
  ...NETWORK_KINDS.map((start) => [start, NETWORK] as const),
  ...BACKUP_KINDS.map((start) => [start, BACKUPS] as const),
  ['exception.', ['facility']],
  ['role.', ['list-roles', 'me', 'who-can', 'what-can']],
];

export function concernedBy(kind: string): ReadonlySet<string> {
  const names = new Set<string>(LEDGER);
  for (const [start, concerned] of CONCERNS) if (kind.startsWith(start)) for (const name of concerned) names.add(name);
  return names;
}

export type StreamState = 'connecting' | 'live' | 'lost';

/** Follows the stream while mounted; says whether the page is live. */
export function useStream(client: QueryClient): StreamState {
  const [state, setState] = useState<StreamState>('connecting');
  useEffect(() => follow(client, setState), [client]);
  return state;
}

function follow(client: QueryClient, setState: (state: StreamState) => void): () => void {
  const waiting = new Set<string>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let retry: ReturnType<typeof setTimeout> | undefined;
  let source: EventSource | undefined;
  const flush = () => {
    timer = undefined;
    const names = new Set(waiting);
    waiting.clear();
    void client.invalidateQueries({ predicate: (query) => names.has(String(query.queryKey[0])) });
  };
  const gather = (names: Iterable<string>) => {
    for (const name of names) waiting.add(name);
    timer ??= setTimeout(flush, GATHER_MS);
  };
  const open = () => {
    source = new EventSource(`${API_PREFIX}/events`);
    source.addEventListener('open', () => setState('live'));
    source.addEventListener('entry', (message) => gather(concernedBy(kindOf(message.data))));
    source.addEventListener('resync', () => void client.invalidateQueries());
    source.addEventListener('error', () => {
      setState('lost');
      // The stream ends with its session: asking who we are shows whether it was that or the network.
      gather(['me']);
      if (source?.readyState === EventSource.CLOSED) retry = setTimeout(open, RETRY_MS);
    });
  };
  open();
  return () => {
    source?.close();
    clearTimeout(timer);
    clearTimeout(retry);
  };
}

function kindOf(data: unknown): string {
  try {
    const parsed: unknown = JSON.parse(String(data));
    return typeof parsed === 'object' && parsed !== null && 'kind' in parsed ? String(parsed.kind) : '';
  } catch {
    return '';
  }
}
