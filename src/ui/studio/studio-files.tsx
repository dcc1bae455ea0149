/** The files of one of my projects. */
import { Link, useParams } from 'react-router';
import { useViewer } from '../data/viewer.ts';
import { Moment } from '../kit/moment.tsx';
import { Page } from '../kit/page.tsx';
import { Notice } from '../kit/status.tsx';
import { FileBrowser } from '../files/file-browser.tsx';
import { paths } from '../paths.ts';
import { StorageHere } from './storage-here.tsx';

export function StudioFiles() {
  const { project: alias = '' } = useParams();
  const mine = useViewer().projects.find((one) => one.project.alias === alias);
  const running = mine?.engagements.filter((one) => one.state === 'live') ?? [];
  return (
    <Page
      title={alias}
      crumbs={
        <>
          <Link to={paths.home('studio')}>My projects</Link>
          <span>/</span>
        </>
      }
      lead={
        running.length === 0 ? undefined : (
          <>
            {running.map((one) => one.role.title).join(', ')}, access ends{' '}
            <Moment at={Math.max(...running.map((one) => one.until))} />
          </>
        )
      }
    >
      {mine?.denied === undefined ? (
        <>
          {mine?.may.includes('share.open') === true ? <StorageHere alias={alias} /> : null}
          <FileBrowser alias={alias} />
        </>
      ) : (
        <Notice tone="warn">
          {mine.denied.message} {mine.denied.ask} <Link to={paths.studioAsk(alias)}>Ask for access</Link>
        </Notice>
      )}
    </Page>
  );
}
