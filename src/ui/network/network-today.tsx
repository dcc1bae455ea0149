/** On Today: what would expose most if it were taken over. */
import { Link } from 'react-router';
import type { RadiusView } from '#api/endpoints/blast-views.ts';
import { useAnswer } from '../data/query.ts';
import { useViewer } from '../data/viewer.ts';
import { Section } from '../kit/page.tsx';
import { paths } from '../paths.ts';
import { ShareBar, shareText } from './breach.tsx';

const LINES = 10;

export function NetworkToday() {
  const viewer = useViewer();
  const enabled = viewer.may.includes('network.see');
  const blast = useAnswer('network-blast', { query: {} }, { enabled });
  const network = useAnswer('network', { query: {} }, { enabled });
  // That a machine exposes what it keeps is no news.
  const keepers: ReadonlySet<string> = new Set(
    (network.data?.hosts ?? []).filter(({ projects }) => projects.length > 0).map(({ id }) => id),
  );
  const worst = (blast.data?.worst ?? [])
    .filter(
      ({ subject, worst: then }) => then.exposed.share > 0 && !(subject.kind === 'host' && keepers.has(subject.id)),
    )
    .slice(0, LINES);
  if (!enabled || worst.length === 0) return null;
  return (
    <Section
      title="Network"
      note="What would expose most of the stored content, if it were taken over"
      actions={<Link to={paths.network('facility', 'blast')}>Blast radius</Link>}
    >
      <ol className="pl-card nw-worst">
        {worst.map((row) => (
          <Line key={row.subject.id} row={row} />
        ))}
      </ol>
    </Section>
  );
}

function Line({ row: { subject, worst } }: { readonly row: RadiusView }) {
  const to =
    subject.kind === 'host'
      ? paths.network('facility', 'map', { host: subject.id })
      : paths.network('facility', 'blast', { what: `${subject.kind}:${subject.id}` });
  return (
    <li>
      <Link className="pl-main-link" to={to}>
        {subject.name ?? 'sealed name'}
      </Link>
      <span className="pl-dim pl-small">{subject.kind === 'host' ? subject.detail : 'person'}</span>
      <ShareBar share={worst.exposed.share} />
      <span className="nw-worst-share">{shareText(worst.exposed.share)}</span>
    </li>
  );
}
