/** Names to ids, while a file is read: what the facility has, what the file adds, and every trouble met on the way. */
import type { FileEnd } from '#model/facility-file.ts';
import type { FlowEnd } from '#model/network-shapes.ts';
import type { State } from '#model/state.ts';
import type { Id, HostId, IdKind, PersonId, ProjectId, ServiceId, ZoneId } from '#std/ids.ts';
import { isId } from '#std/ids.ts';

export type MakeId = <Kind extends IdKind>(kind: Kind) => Id<Kind>;
export type Path = readonly (string | number)[];

/** Something in the file that cannot be, and where: `['flows', 3, 'from']`. */
export interface Trouble {
  readonly path: Path;
  readonly says: string;
}

/** Whoever reads the file knows more about people than the model: names and mail addresses are sealed there. */
export interface Reader {
  readonly at: number;
  readonly makeId: MakeId;
  /** Who imports: `me`, and the owner of what names none. */
  readonly me?: PersonId | undefined;
  /** A person by something else than the id. */
  readonly person?: ((text: string) => PersonId | undefined) | undefined;
}

export interface Names {
  readonly state: State;
  readonly reader: Reader;
  readonly zones: ReadonlyMap<string, ZoneId>;
  readonly hosts: ReadonlyMap<string, HostId>;
  readonly services: ReadonlyMap<string, ServiceId>;
  /** The zone of each host, by both their names. */
  readonly homes: ReadonlyMap<string, string>;
  readonly troubles: Trouble[];
}

export const TROUBLES_MAX = 50;

export function trouble(names: Names, path: Path, says: string): undefined {
  if (names.troubles.length < TROUBLES_MAX) names.troubles.push({ path, says });
  return undefined;
}

export function zoneNamed(names: Names, text: string, path: Path): ZoneId | undefined {
  return names.zones.get(text) ?? trouble(names, path, `There is no zone ${text}.`);
}

export function hostNamed(names: Names, text: string, path: Path): HostId | undefined {
  return names.hosts.get(text) ?? trouble(names, path, `There is no host ${text}.`);
}

export function serviceNamed(names: Names, text: string, path: Path): ServiceId | undefined {
  return names.services.get(text) ?? trouble(names, path, `There is no service ${text}.`);
}

export function projectNamed({ state, ...names }: Names, text: string, path: Path): ProjectId | undefined {
  const id = isId('project', text) ? text : state.index.projectByAlias.get(text);
  if (id !== undefined && state.projects.has(id)) return id;
  return trouble({ state, ...names }, path, `There is no project ${text}.`);
}

export function personNamed(names: Names, text: string, path: Path): PersonId | undefined {
  const { state, reader } = names;
  if (text === 'me' && reader.me === undefined) {
    return trouble(names, path, 'Nobody is signed in here who could be "me": name the owner.');
  }
  const id = text === 'me' ? reader.me : isId('person', text) ? text : reader.person?.(text);
  if (id !== undefined && state.people.has(id)) return id;
  return trouble(names, path, `There is no person ${text}.`);
}

/** An end as the model names it; `undefined` when it is not there, which is then a trouble. */
export function endNamed(names: Names, end: FileEnd, path: Path): FlowEnd | undefined {
  if (typeof end === 'string') {
    return endOfText(names, end) ?? trouble(names, path, `There is no zone ${end}, and no zone/host of that name.`);
  }
  if ('host' in end) {
    const host = hostNamed(names, end.host, [...path, 'host']);
    return host === undefined ? undefined : { kind: 'host', host };
  }
  const zone = zoneNamed(names, end.zone, [...path, 'zone']);
  if (zone === undefined) return undefined;
  if (!('network' in end)) return { kind: 'zone', zone };
  return { kind: 'network', zone, cidr: end.network, name: end.name ?? end.network };
}

/** `zone`, else `zone/host`: a zone's own name goes first, slashes and all. */
export function endOfText(names: Pick<Names, 'zones' | 'hosts' | 'homes'>, text: string): FlowEnd | undefined {
  const zone = names.zones.get(text);
  if (zone !== undefined) return { kind: 'zone', zone };
  for (let slash = text.indexOf('/'); slash !== -1; slash = text.indexOf('/', slash + 1)) {
    const [home, name] = [text.slice(0, slash), text.slice(slash + 1)];
    const host = names.hosts.get(name);
    if (host !== undefined && names.homes.get(name) === home) return { kind: 'host', host };
  }
  return undefined;
}
