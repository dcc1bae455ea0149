/** What the command palette can go to: pages, and the projects and people that the viewer may see. */
import { useAnswer } from '../data/query.ts';
import { useViewer } from '../data/viewer.ts';
import type { Goal } from '../kit/palette.tsx';
import { paths } from '../paths.ts';
import type { Hat } from '../paths.ts';
import { HATS, NAVIGATION } from './navigation.ts';

export function useGoals(hat: Hat): readonly Goal[] {
  const viewer = useViewer();
  const facility = viewer.hats.includes('facility');
  const projects = useAnswer('list-projects', { query: {} }, { enabled: facility });
  const people = useAnswer('list-people', { query: {} }, { enabled: facility });
  const hats = [hat, ...viewer.hats.filter((other) => other !== hat)];
  return [
    ...hats.flatMap((one) =>
      NAVIGATION[one]
        .filter((item) => item.needs === undefined || viewer.may.includes(item.needs))
        .map((item) => ({ text: item.text, kind: HATS[one], to: item.to })),
    ),
    ...viewer.projects.map(({ project }) => ({
      text: `${project.alias}: files`,
      kind: 'Studio',
      to: paths.studioProject(project.alias),
    })),
    ...(projects.data?.projects ?? []).map((project) => ({
      text: project.alias,
      kind: 'Project',
      to: paths.project(project.alias),
    })),
    ...(people.data?.people ?? []).map((person) => ({
      text: person.name ?? person.id,
      kind: 'Person',
      to: paths.person(person.id),
    })),
  ];
}
