/** A person's name; sealed names say so. */
import { Link } from 'react-router';
import type { PersonRef, ProjectRef } from '#api/endpoints/views.ts';
import { paths } from '../paths.ts';

interface PersonNameProps {
  readonly person: PersonRef;
  readonly link?: boolean;
  /** The link leads to the person as she was then. */
  readonly at?: number;
}

export function PersonName({ person, link = false, at }: PersonNameProps) {
  const name = person.name ?? (
    <span className="pl-dim">
      sealed name <code>{person.id.slice(4, 10)}</code>
    </span>
  );
  return link ? (
    <Link className="pl-main-link" to={paths.person(person.id, 'access', at === undefined ? {} : { at })}>
      {name}
    </Link>
  ) : (
    <>{name}</>
  );
}

export function ProjectName({ project, link = false }: { readonly project: ProjectRef; readonly link?: boolean }) {
  return link ? (
    <Link className="pl-main-link" to={paths.project(project.alias)}>
      {project.alias}
    </Link>
  ) : (
    <>{project.alias}</>
  );
}
