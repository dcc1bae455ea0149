/** Which entries of the facility's stream a project's bundle needs, and whose names it discloses. */
import type { Entry } from '#model/events.ts';
import type { BundleInput, StoredEntry } from '#evidence/bundle.ts';
import type { SubjectKeys } from '#ports/subject-keys.ts';

export interface Support {
  readonly entries: readonly StoredEntry[];
  readonly names: BundleInput['names'];
}

/**
 * The facility's beginning (its name), definitions of roles that were given, adding and renaming of people that the project's entries
 * name, and orders and receipts of cuts that ended an engagement here. Nothing that names another project.
 */
export function supportFor(
  stream: readonly StoredEntry[],
  facility: readonly StoredEntry[],
  heads: StoredEntry,
  keys: SubjectKeys,
): Support {
  const cuts = new Set(stream.flatMap(({ entry }) => entry.about.cut ?? []));
  const isCut = ({ kind, about }: Entry): boolean =>
    (kind === 'cut.ordered' || kind === 'cut.receipt') && about.cut !== undefined && cuts.has(about.cut);
  const ofCuts = facility.filter(({ entry }) => isCut(entry));
  const people = new Set([...stream, ...ofCuts].flatMap(({ entry }) => peopleIn(entry)));
  const roles = new Set(stream.flatMap(({ entry }) => (entry.kind === 'engagement.given' ? [entry.data.role] : [])));
  const entries = facility.filter(({ entry }) => {
    switch (entry.kind) {
      case 'facility.created':
        return true;
      case 'role.defined':
        return entry.about.role !== undefined && roles.has(entry.about.role);
      case 'person.added':
      case 'person.renamed':
        return entry.about.person !== undefined && people.has(entry.about.person);
      default:
        return isCut(entry);
    }
  });
  return { entries: [...entries, heads].sort((a, b) => a.index - b.index), names: disclosed(entries, keys) };
}

function peopleIn(entry: Entry): readonly string[] {
  const owner = entry.kind === 'project.created' ? [entry.data.owner] : [];
  return [entry.about.person, entry.by.person, ...owner].filter((id) => id !== undefined);
}

/** The field key of each name opens that field alone; a destroyed key leaves the name out. */
function disclosed(entries: readonly StoredEntry[], keys: SubjectKeys): BundleInput['names'] {
  return entries.flatMap(({ index, entry }) => {
    if (entry.kind !== 'person.added' && entry.kind !== 'person.renamed') return [];
    const person = entry.about.person;
    const [fieldKey, name] = [keys.fieldKey(entry.data.name), keys.unseal(entry.data.name)];
    return person === undefined || fieldKey === undefined || name === undefined
      ? []
      : [{ index, person, fieldKey, name }];
  });
}
