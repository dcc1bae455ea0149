/** The first thing on Today: what is wrong at this moment, each with the page that answers it. */
import { Link } from 'react-router';
import type { AnswerOf } from '#api/endpoints.ts';
import { useNow } from '../../data/now.ts';
import { useAnswer } from '../../data/query.ts';
import { useViewer } from '../../data/viewer.ts';
import { Section } from '../../kit/page.tsx';
import { Status } from '../../kit/status.tsx';
import { nowLines } from './now-lines.ts';
import type { NowLine } from './now-lines.ts';

const REFRESH_MS = 15_000;

/** What is wrong now, of what the viewer may see. */
export function useNowLines(found: AnswerOf<'today'> | undefined): readonly NowLine[] {
  const { may } = useViewer();
  const now = useNow();
  const seesNetwork = may.includes('network.see');
  const backups = useAnswer('backups', { query: {} }, { enabled: may.includes('backup.see') });
  const network = useAnswer('network', { query: {} }, { enabled: seesNetwork, everyMs: REFRESH_MS });
  const proof = useAnswer('prove-network', { query: {} }, { enabled: seesNetwork });
  return nowLines({
    now,
    backups: backups.data,
    network: network.data,
    invariants: proof.data?.invariants ?? [],
    locked: found?.locked ?? [],
  });
}

export function NowBlock({ lines }: { readonly lines: readonly NowLine[] }) {
  if (lines.length === 0) return null;
  return (
    <Section title="Now" note="What is wrong at this moment">
      <ul className="pl-card td-now">
        {lines.map(({ tone, says, to }) => (
          <li key={says}>
            <Link to={to}>
              <Status tone={tone}>{says}</Status>
            </Link>
          </li>
        ))}
      </ul>
    </Section>
  );
}
