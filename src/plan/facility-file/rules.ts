/** Flows, the external inventory and exceptions: matched to what is there, so that only what differs is changed. */
import type { NetworkChange } from '#model/network-change.ts';
import type { FacilityFile, FileException, FileExposure, FileFlow } from '#model/facility-file.ts';
import { DAY_MS } from '#model/limits.ts';
import type { Exposure, Flow, InvariantException } from '#model/network-state.ts';
import { present } from '#model/transition.ts';
import type { Names, Path } from '#plan/facility-file/names.ts';
import { endNamed, hostNamed, personNamed, serviceNamed, trouble, zoneNamed } from '#plan/facility-file/names.ts';
import type { Json } from '#std/canonical.ts';
import { canonical } from '#std/canonical.ts';
import type { ExposureId, FlowId, PersonId } from '#std/ids.ts';

/** How far ahead the review of a new rule is, when its line names none. */
export const REVIEW_AFTER_DAYS = 180;

export interface RuleChanges<Id> {
  readonly remove: readonly NetworkChange[];
  readonly set: readonly NetworkChange[];
  /** Every rule that will stand, by what an exception names it by. */
  readonly standing: ReadonlyMap<string, readonly Id[]>;
}

/** A line of the file: what it is matched by, who answers for it if it says so, and how it is added or reviewed. */
interface Line {
  readonly key: string;
  readonly subject: string;
  readonly path: Path;
  readonly owner: PersonId | undefined;
  readonly review: number | undefined;
}

interface Known {
  readonly key: string;
  readonly subject: string;
  readonly owner: PersonId;
  readonly reviewBy: number;
}

function keyOf(...parts: readonly (object | string | number | undefined)[]): string {
  return canonical(parts.map((part) => part ?? null) as Json); // ends, texts and numbers are JSON
}

/**
 * Pairs each line with something that is there and was not paired yet: first with what has the same review date, too, so that twins keep
 * theirs. What names no owner takes whoever it has.
 */
function pair<T extends Known, L extends Line>(
  lines: readonly L[],
  known: readonly T[],
): { readonly pairs: readonly (readonly [L, T | undefined])[]; readonly left: readonly T[] } {
  const free = Map.groupBy(known, ({ key }) => key);
  const take = (line: L, fits: (one: T) => boolean): T | undefined => {
    const candidates = free.get(line.key) ?? [];
    const at = candidates.findIndex((one) => (line.owner === undefined || line.owner === one.owner) && fits(one));
    return at === -1 ? undefined : candidates.splice(at, 1)[0];
  };
  const exact = lines.map((line) => take(line, ({ reviewBy }) => line.review === reviewBy));
  const pairs = lines.map((line, i): readonly [L, T | undefined] => [line, exact[i] ?? take(line, () => true)]);
  return { pairs, left: [...free.values()].flat() };
}

/** Who answers for a line that nothing there matches. */
function ownerOf(names: Names, file: FacilityFile, line: Line): PersonId | undefined {
  if (line.owner !== undefined) return line.owner;
  return personNamed(names, file.owner ?? 'me', [...line.path, 'owner']);
}

function answer(names: Names, { owner, review, until }: FileFlow | FileExposure, path: Path) {
  return {
    owner: owner === undefined ? undefined : personNamed(names, owner, [...path, 'owner']),
    review: review === undefined ? undefined : Date.parse(review),
    until: until === undefined ? undefined : Date.parse(until),
  };
}

interface FlowLine extends Line {
  readonly data: Pick<Flow, 'from' | 'to' | 'service' | 'class' | 'reason' | 'until'>;
}

export function flowChanges(names: Names, file: FacilityFile): RuleChanges<FlowId> {
  const known = [...names.state.network.flows.values()].map((flow) => ({ ...flow, ...flowKeys(flow) }));
  if (file.flows === undefined) return { remove: [], set: [], standing: standing(known) };
  const { pairs, left } = pair(
    file.flows.flatMap((line, i) => flowLine(names, line, ['flows', i]) ?? []),
    known,
  );
  const made: { readonly id: FlowId; readonly subject: string }[] = [];
  const set = pairs.flatMap(([line, flow]): NetworkChange[] => {
    if (flow !== undefined) {
      made.push(flow);
      const { review } = line;
      return review === undefined || review === flow.reviewBy
        ? []
        : [{ kind: 'review-flow', flow: flow.id, reviewBy: review }];
    }
    const owner = ownerOf(names, file, line);
    if (owner === undefined) return [];
    const id = names.reader.makeId('flow');
    made.push({ id, subject: line.subject });
    return [{ kind: 'add-flow', flow: id, ...line.data, owner, reviewBy: line.review ?? reviewAfter(names) }];
  });
  return { remove: left.map(({ id: flow }) => ({ kind: 'remove-flow', flow })), set, standing: standing(made) };
}

function reviewAfter({ reader }: Names): number {
  return reader.at + REVIEW_AFTER_DAYS * DAY_MS;
}

function flowKeys({ from, to, service, class: flowClass, reason, until }: FlowLine['data']) {
  return { key: keyOf(from, to, service, flowClass, reason, until), subject: keyOf(from, to, service) };
}

function flowLine(names: Names, line: FileFlow, path: Path): FlowLine | undefined {
  const from = endNamed(names, line.from, [...path, 'from']);
  const to = endNamed(names, line.to, [...path, 'to']);
  const service = serviceNamed(names, line.service, [...path, 'service']);
  const { owner, review, until } = answer(names, line, path);
  if (from === undefined || to === undefined || service === undefined) return undefined;
  const { class: flowClass = 'standard', reason } = line;
  const data = present<FlowLine['data']>({ from, to, service, class: flowClass, reason, until });
  return { ...flowKeys(data), path, owner, review, data };
}

interface ExposureLine extends Line {
  readonly data: Pick<Exposure, 'host' | 'service' | 'publicName' | 'reason' | 'until'>;
}

export function exposureChanges(names: Names, file: FacilityFile): RuleChanges<ExposureId> {
  const known = [...names.state.network.exposures.values()].map((line) => ({ ...line, ...exposureKeys(line) }));
  if (file.exposures === undefined) return { remove: [], set: [], standing: standing(known) };
  const lines = file.exposures.flatMap((line, i) => exposureLine(names, line, ['exposures', i]) ?? []);
  const { pairs, left } = pair(lines, known);
  const made: { readonly id: ExposureId; readonly subject: string }[] = [];
  const set = pairs.flatMap(([line, exposure]): NetworkChange[] => {
    if (exposure !== undefined) {
      made.push(exposure);
      const { review } = line;
      return review === undefined || review === exposure.reviewBy
        ? []
        : [{ kind: 'review-exposure', exposure: exposure.id, reviewBy: review }];
    }
    const owner = ownerOf(names, file, line);
    if (owner === undefined) return [];
    const id = names.reader.makeId('exposure');
    made.push({ id, subject: line.subject });
    return [{ kind: 'add-exposure', exposure: id, ...line.data, owner, reviewBy: line.review ?? reviewAfter(names) }];
  });
  const remove = left.map(({ id: exposure }) => ({ kind: 'remove-exposure', exposure }) as const);
  return { remove, set, standing: standing(made) };
}

function exposureKeys({ host, service, publicName, reason, until }: ExposureLine['data']) {
  return { key: keyOf(host, service, publicName, reason, until), subject: keyOf(host, service) };
}

function exposureLine(names: Names, line: FileExposure, path: Path): ExposureLine | undefined {
  const host = hostNamed(names, line.host, [...path, 'host']);
  const service = serviceNamed(names, line.service, [...path, 'service']);
  const { owner, review, until } = answer(names, line, path);
  if (host === undefined || service === undefined) return undefined;
  const data = present<ExposureLine['data']>({ host, service, publicName: line.as, reason: line.reason, until });
  return { ...exposureKeys(data), path, owner, review, data };
}

function standing<Id>(
  made: readonly { readonly id: Id; readonly subject: string }[],
): ReadonlyMap<string, readonly Id[]> {
  const groups = Map.groupBy(made, ({ subject }) => subject);
  return new Map([...groups].map(([subject, all]) => [subject, all.map(({ id }) => id)]));
}

type Subject = Pick<InvariantException, 'flow' | 'exposure' | 'host' | 'zone'>;

/** Exceptions that are not in the file any more end; those in it that are not there yet are granted. */
export function exceptionChanges(
  names: Names,
  file: FacilityFile,
  flows: RuleChanges<FlowId>['standing'],
  exposures: RuleChanges<ExposureId>['standing'],
): Omit<RuleChanges<never>, 'standing'> {
  if (file.exceptions === undefined) return { remove: [], set: [] };
  const free = new Map(names.state.network.exceptions.map((one) => [one.id, one] as const).values());
  const set = file.exceptions.flatMap((line, i): NetworkChange[] => {
    const path = ['exceptions', i];
    const subjects = subjectsOf(names, line, path, flows, exposures);
    const owner = line.owner === undefined ? undefined : personNamed(names, line.owner, [...path, 'owner']);
    const [subject] = subjects;
    if (subject === undefined || (line.owner !== undefined && owner === undefined)) return [];
    const { invariant, reason } = line;
    const until = Date.parse(line.until);
    const found = [...free.values()].find(
      (one) =>
        (owner === undefined || one.owner === owner) &&
        one.invariant === invariant &&
        one.reason === reason &&
        one.until === until &&
        subjects.some((each) => isAbout(one, each)),
    );
    if (found !== undefined) {
      free.delete(found.id);
      return [];
    }
    const answers = owner ?? personNamed(names, file.owner ?? 'me', [...path, 'owner']);
    const exception = names.reader.makeId('exception');
    return answers === undefined
      ? []
      : [{ kind: 'except-invariant', exception, invariant, ...subject, owner: answers, reason, until }];
  });
  return { remove: [...free.keys()].map((exception) => ({ kind: 'end-invariant-exception', exception })), set };
}

function isAbout(one: InvariantException, { flow, exposure, host, zone }: Subject): boolean {
  return one.flow === flow && one.exposure === exposure && one.host === host && one.zone === zone;
}

/** Several rules may be alike but for who answers for them: any of them may be meant. */
function subjectsOf(
  names: Names,
  line: FileException,
  path: Path,
  flows: RuleChanges<FlowId>['standing'],
  exposures: RuleChanges<ExposureId>['standing'],
): readonly Subject[] {
  const { zone, host, flow, exposure } = line;
  if ([zone, host, flow, exposure].filter((one) => one !== undefined).length !== 1) {
    trouble(names, path, 'An exception is for one thing: name a zone, a host, a flow or an exposure.');
    return [];
  }
  if (zone !== undefined)
    return only('zone', thereNow(names.state.zones, zone) ?? zoneNamed(names, zone, [...path, 'zone']));
  if (host !== undefined)
    return only('host', thereNow(names.state.hosts, host) ?? hostNamed(names, host, [...path, 'host']));
  if (flow !== undefined) {
    const from = endNamed(names, flow.from, [...path, 'flow', 'from']);
    const to = endNamed(names, flow.to, [...path, 'flow', 'to']);
    const service = serviceNamed(names, flow.service, [...path, 'flow', 'service']);
    const found =
      from === undefined || to === undefined || service === undefined ? undefined : flows.get(keyOf(from, to, service));
    if (found === undefined) trouble(names, [...path, 'flow'], 'There is no such flow in this file.');
    return (found ?? []).map((id) => ({ flow: id }));
  }
  const at = hostNamed(names, exposure?.host ?? '', [...path, 'exposure', 'host']);
  const service = serviceNamed(names, exposure?.service ?? '', [...path, 'exposure', 'service']);
  const found = at === undefined || service === undefined ? undefined : exposures.get(keyOf(at, service));
  if (found === undefined) trouble(names, [...path, 'exposure'], 'There is no such exposure in this file.');
  return (found ?? []).map((id) => ({ exposure: id }));
}

/** What the file takes away may be named by the exception that lets it go. */
function thereNow<Id>(
  all: { values(): Iterable<{ readonly id: Id; readonly name: string }> },
  name: string,
): Id | undefined {
  for (const one of all.values()) if (one.name === name) return one.id;
  return undefined;
}

function only<Key extends keyof Subject>(key: Key, id: Subject[Key] | undefined): readonly Subject[] {
  return id === undefined ? [] : [{ [key]: id }];
}
