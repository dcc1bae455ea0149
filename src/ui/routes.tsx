/** Every page and its address. */
import { createBrowserRouter, Navigate, useRouteError } from 'react-router';
import { AccessThen } from './assess/access-then.tsx';
import { BundlePage } from './assess/bundle.tsx';
import { BackupsPage } from './backup/backups-page.tsx';
import { CutPage } from './facility/cut-page.tsx';
import { Guided } from './facility/guided.tsx';
import { PeoplePage } from './facility/people.tsx';
import { PersonPage } from './facility/person.tsx';
import { ProjectPage } from './facility/project.tsx';
import { ProjectsPage } from './facility/projects.tsx';
import { SessionsPage } from './facility/sessions.tsx';
import { SettingsPage } from './facility/settings.tsx';
import { Today } from './facility/today/today.tsx';
import { Refusal } from './kit/answer.tsx';
import { DecisionPage } from './ledger/decision-page.tsx';
import { EntryPage } from './ledger/entry-page.tsx';
import { LedgerPage } from './ledger/ledger-page.tsx';
import { NetworkPage } from './network/network-page.tsx';
import { Door } from './public/door.tsx';
import { FirstRun } from './public/first-run.tsx';
import { Invitation, OneClick } from './public/invitation.tsx';
import { SignIn } from './public/sign-in.tsx';
import { Shell } from './shell/shell.tsx';
import { Ask } from './studio/ask.tsx';
import { Keys } from './studio/keys.tsx';
import { MyProjects } from './studio/my-projects.tsx';
import { StudioFiles } from './studio/studio-files.tsx';

function Broken() {
  const error = useRouteError();
  return (
    <Door title="This page broke">
      <Refusal
        error={error instanceof Error ? error : new Error(String(error))}
        again={() => window.location.reload()}
      />
    </Door>
  );
}

function Nowhere() {
  return (
    <Door title="There is no such page" lead={<a href="/">Go to the first page</a>}>
      {null}
    </Door>
  );
}

export const router = createBrowserRouter([
  {
    errorElement: <Broken />,
    children: [
      { path: '/', element: <Navigate to="/facility" replace /> },
      { path: '/sign-in', element: <SignIn /> },
      { path: '/first-run', element: <FirstRun /> },
      { path: '/join', element: <Invitation /> },
      { path: '/invitation', element: <Invitation /> },
      { path: '/recover', element: <Invitation /> },
      { path: '/enter', element: <OneClick /> },
      { path: '/demo', element: <OneClick /> },
      {
        path: '/facility',
        element: <Shell hat="facility" />,
        children: [
          { index: true, element: <Today /> },
          { path: 'start', element: <Guided /> },
          { path: 'projects', element: <ProjectsPage /> },
          { path: 'projects/:project/:tab?', element: <ProjectPage /> },
          { path: 'people', element: <PeoplePage /> },
          { path: 'people/:person/:tab?', element: <PersonPage /> },
          { path: 'who-can', element: <DecisionPage hat="facility" /> },
          { path: 'sessions', element: <SessionsPage /> },
          { path: 'cuts/:cut', element: <CutPage /> },
          { path: 'ledger', element: <LedgerPage hat="facility" /> },
          { path: 'ledger/:index', element: <EntryPage hat="facility" /> },
          { path: 'bundle', element: <BundlePage /> },
          { path: 'keys', element: <Keys /> },
          { path: 'network/:tab?', element: <NetworkPage hat="facility" /> },
          { path: 'backups/:tab?', element: <BackupsPage hat="facility" /> },
          { path: 'settings/:tab?', element: <SettingsPage /> },
        ],
      },
      {
        path: '/studio',
        element: <Shell hat="studio" />,
        children: [
          { index: true, element: <MyProjects /> },
          { path: 'projects/:project', element: <StudioFiles /> },
          { path: 'keys', element: <Keys /> },
          { path: 'ask', element: <Ask /> },
        ],
      },
      {
        path: '/assess',
        element: <Shell hat="assess" />,
        children: [
          { index: true, element: <Navigate to="/assess/access" replace /> },
          { path: 'access', element: <AccessThen /> },
          { path: 'who-can', element: <DecisionPage hat="assess" /> },
          { path: 'ledger', element: <LedgerPage hat="assess" /> },
          { path: 'ledger/:index', element: <EntryPage hat="assess" /> },
          { path: 'network/:tab?', element: <NetworkPage hat="assess" /> },
          { path: 'backups/:tab?', element: <BackupsPage hat="assess" /> },
          { path: 'bundle', element: <BundlePage /> },
          { path: 'keys', element: <Keys /> },
        ],
      },
      { path: '*', element: <Nowhere /> },
    ],
  },
]);
