/** After the first run: first project, first person, or the example facility. */
import { Button } from '@mantine/core';
import { useState } from 'react';
import { Link, useNavigate } from 'react-router';
import { useAct, useAnswer } from '../data/query.ts';
import { useViewer } from '../data/viewer.ts';
import { Answer, RefusedHere } from '../kit/answer.tsx';
import { ActButton } from '../kit/act-button.tsx';
import { Page } from '../kit/page.tsx';
import { Status } from '../kit/status.tsx';
import { paths } from '../paths.ts';
import { AddPerson } from './people.tsx';
import { ProjectForm } from './projects.tsx';

export function Guided() {
  const viewer = useViewer();
  const projects = useAnswer('list-projects', { query: {} });
  const people = useAnswer('list-people', { query: {} });
  return (
    <Page
      title={`Welcome to ${viewer.facility}`}
      lead="Three things make it useful. You can leave at any point and come back."
      actions={
        <Button variant="default" component={Link} to={paths.home('facility')}>
          Skip to Today
        </Button>
      }
    >
      <Answer of={projects}>
        {({ projects: found }) => (
          <Answer of={people}>
            {({ people: known }) => (
              <Steps project={found[0]?.alias} person={known.some((one) => one.id !== viewer.person.id)} />
            )}
          </Answer>
        )}
      </Answer>
    </Page>
  );
}

function Steps({ project, person }: { readonly project: string | undefined; readonly person: boolean }) {
  const [, setMade] = useState<string>();
  return (
    <div className="pl-two">
      <div className="pl-stack">
        <div className="pl-card pl-pad pl-stack">
          <div className="pl-spread">
            <h2>1. The first project</h2>
            {project === undefined ? null : <Status tone="ok">{project}</Status>}
          </div>
          {project === undefined ? (
            <ProjectForm done={setMade} />
          ) : (
            <p className="pl-dim">Its workspace exists, with a folder for each step of the work.</p>
          )}
        </div>
        <div className="pl-card pl-pad pl-stack">
          <div className="pl-spread">
            <h2>2. The first person</h2>
            {person ? <Status tone="ok">Added</Status> : null}
          </div>
          <AddPerson close={() => setMade('person')} isLater={project === undefined || person} />
        </div>
        <div className="pl-card pl-pad pl-stack">
          <h2>3. Put the person on the project</h2>
          <p className="pl-dim">With a role and an end date. Access then works at once, and stops by itself.</p>
          {project === undefined || !person ? (
            <ActButton
              variant="default"
              style={{ alignSelf: 'flex-start' }}
              unless={project === undefined ? 'Make the first project first.' : 'Add the first person first.'}
              onClick={() => undefined}
            >
              Open the project
            </ActButton>
          ) : (
            <Button component={Link} to={paths.project(project)} style={{ alignSelf: 'flex-start' }}>
              Open the project
            </Button>
          )}
        </div>
      </div>
      <Example />
    </div>
  );
}

function Example() {
  const fill = useAct('example-facility');
  const navigate = useNavigate();
  return (
    <div className="pl-card pl-pad pl-stack">
      <h2>Or look around first</h2>
      <p className="pl-dim">
        The example facility has people, projects and files, so that every page has something to show. Do this on an
        installation that you will throw away: what is recorded stays recorded.
      </p>
      {fill.error === null ? null : <RefusedHere error={fill.error} />}
      <Button
        variant="default"
        loading={fill.isPending}
        onClick={() => fill.mutate({}, { onSuccess: () => void navigate(paths.home('facility')) })}
      >
        Fill in the example facility
      </Button>
    </div>
  );
}
