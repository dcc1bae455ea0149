/** An artist's first page: my projects, what I may do there, and until when. */
import { Button } from '@mantine/core';
import { IconFolderOpen } from '@tabler/icons-react';
import { Link } from 'react-router';
import type { MeView } from '#api/endpoints/identity.ts';
import { useNow } from '../data/now.ts';
import { useViewer } from '../data/viewer.ts';
import { Empty } from '../kit/answer.tsx';
import { Moment } from '../kit/moment.tsx';
import { Page } from '../kit/page.tsx';
import { Notice, StateOf } from '../kit/status.tsx';
import { mainRightsText } from '../files/rights.ts';
import { dateText, DAY_MS, relativeText } from '../kit/words.ts';
import { paths } from '../paths.ts';

const SOON_MS = 7 * DAY_MS;
type Mine = MeView['projects'][number];

export function MyProjects() {
  const viewer = useViewer();
  const [first] = (viewer.person.name ?? '').split(' ');
  const mine = [...viewer.projects].sort((a, b) => endOf(b) - endOf(a));
  return (
    <Page
      title="My projects"
      heading={first === '' || first === undefined ? 'My projects' : `Hello, ${first}`}
      lead="What you are on, what you may do there, and until when."
    >
      {mine.length === 0 ? (
        <Empty
          title="You are on no project"
          actions={
            <Button component={Link} to={paths.studioAsk()}>
              Ask for access
            </Button>
          }
        >
          When a producer puts you on one, it shows up here by itself.
        </Empty>
      ) : (
        <div className="pl-grid">
          {mine.map((project) => (
            <ProjectCard key={project.project.id} mine={project} />
          ))}
        </div>
      )}
    </Page>
  );
}

/** What the rule says of both, of the one that it is. */
const CLOSED: Readonly<Partial<Record<Mine['standing'], string>>> = {
  locked: 'This project is locked: nobody gets in until it is reopened.',
  wrapped: 'This project is wrapped: its work is done.',
};

function endOf(mine: Mine): number {
  return Math.max(
    0,
    ...mine.engagements
      .filter((one) => one.state === 'live' || one.state === 'coming' || one.state === 'held')
      .map((one) => one.until),
  );
}

function ProjectCard({ mine }: { readonly mine: Mine }) {
  const now = useNow();
  const { alias } = mine.project;
  const running = mine.engagements.filter(
    (one) => one.state === 'live' || one.state === 'coming' || one.state === 'held',
  );
  const shown = running[0] ?? mine.engagements[0];
  const open = mine.denied === undefined && mine.may.includes('file.list');
  const end = endOf(mine);
  return (
    <section className="pl-card pl-pad pl-stack" aria-label={alias}>
      <div className="pl-spread">
        <h2 style={{ fontSize: 17, letterSpacing: '-0.01em' }}>{alias}</h2>
        <StateOf state={mine.standing !== 'live' ? mine.standing : (shown?.state ?? 'over')} />
      </div>
      <div className="pl-dim">
        {running.map((one) => one.role.title).join(', ') || shown?.role.title}
        {running.length === 0 ? (
          ''
        ) : (
          <>
            {' '}
            until <Moment at={end} as="date" />
          </>
        )}
      </div>
      {mine.denied === undefined ? null : (
        <Notice tone="warn">
          {CLOSED[mine.standing] ?? mine.denied.message} {mine.denied.ask}
        </Notice>
      )}
      {end > now && end - now < SOON_MS && mine.denied === undefined ? (
        <Notice tone="warn">
          Your access ends {relativeText(end, now)}, on {dateText(end)}.{' '}
          <Link to={paths.studioAsk(alias, 'more-time')}>Ask for more time</Link>
        </Notice>
      ) : null}
      <div className="pl-actions">
        {open ? (
          <Button
            component={Link}
            to={paths.studioProject(alias)}
            px="sm"
            leftSection={<IconFolderOpen size={16} aria-hidden />}
          >
            Open files
          </Button>
        ) : null}
        {mine.standing === 'live' ? (
          <Button
            variant="default"
            px="sm"
            component={Link}
            to={paths.studioAsk(alias, running.length === 0 ? 'access' : 'more-time')}
          >
            {running.length === 0 ? 'Ask for access' : 'Ask for more time'}
          </Button>
        ) : null}
      </div>
      {mine.folders.length === 0 ? null : (
        <details>
          <summary className="pl-small">What you may do in each folder</summary>
          <div className="pl-stack" style={{ gap: 5, marginTop: 6 }}>
            {mine.folders.map((folder) => (
              <div key={folder.name} className="pl-spread pl-small" style={{ flexWrap: 'nowrap' }}>
                {open ? (
                  <Link className="pl-target" to={paths.studioProject(alias, folder.name)}>
                    {folder.name}
                  </Link>
                ) : (
                  <span>{folder.name}</span>
                )}
                <span className="pl-dim" style={{ textAlign: 'right' }}>
                  {mainRightsText(folder.may)}
                </span>
              </div>
            ))}
          </div>
        </details>
      )}
    </section>
  );
}
