/**
 * A file against a facility: the changes that lead from what is there to what the file says. A section that the file leaves out is left as
 * it is; one that is there is the whole of it. Nothing that is the same is touched.
 */
import type { NetworkChange } from '#model/network-change.ts';
import type { Asked } from '#model/commands.ts';
import { decide } from '#model/decide.ts';
import type { FacilityFile } from '#model/facility-file.ts';
import { testKey } from '#model/policy-test.ts';
import { foldAside } from '#model/fold-aside.ts';
import type { State } from '#model/state.ts';
import type { Names, Reader, Trouble } from '#plan/facility-file/names.ts';
import { hostChanges, serviceChanges, zoneChanges } from '#plan/facility-file/nouns.ts';
import { exceptionChanges, exposureChanges, flowChanges } from '#plan/facility-file/rules.ts';
import type { Outcome } from '#std/refused.ts';
import { isRefused, ok } from '#std/refused.ts';

export interface ImportPlan {
  readonly changes: readonly NetworkChange[];
  /** Without troubles the changes are the whole import; with any, there is none. */
  readonly troubles: readonly Trouble[];
}

export function planImport(state: State, file: FacilityFile, reader: Reader): ImportPlan {
  const names = namesOf(state, file, reader);
  const [zones, hosts, services] = [zoneChanges, hostChanges, serviceChanges].map((plan) => plan(names, file));
  const flows = flowChanges(names, file);
  const exposures = exposureChanges(names, file);
  const exceptions = exceptionChanges(names, file, flows.standing, exposures.standing);
  const tests = testChanges(state, file);
  const changes = [
    ...exceptions.remove,
    ...exceptions.set.filter((change) => isOfWhatIsThere(state, change)),
    ...exposures.remove,
    ...flows.remove,
    ...(zones?.set ?? []),
    ...(hosts?.remove ?? []),
    ...(hosts?.set ?? []),
    ...(zones?.remove ?? []),
    ...(services?.remove ?? []),
    ...(services?.set ?? []),
    ...flows.set,
    ...exposures.set,
    ...exceptions.set.filter((change) => !isOfWhatIsThere(state, change)),
    ...tests,
  ];
  return { changes: names.troubles.length === 0 ? changes : [], troubles: names.troubles };
}

/** An exception for a zone or host that is there already comes first: the same file may take that one away. */
function isOfWhatIsThere({ zones, hosts }: State, change: NetworkChange): boolean {
  if (change.kind !== 'except-invariant') return false;
  const { zone, host } = change;
  return (zone !== undefined && zones.has(zone)) || (host !== undefined && hosts.has(host));
}

/** Tests are told apart by their text: another word is another test. The same line twice is one test. */
function testChanges({ network }: State, { tests }: FacilityFile): readonly NetworkChange[] {
  if (tests === undefined) return [];
  const wanted = new Map(tests.map((test) => [testKey(test), test]));
  const drop = [...network.tests].filter(([key]) => !wanted.has(key));
  const keep = [...wanted].filter(([key]) => !network.tests.has(key));
  return [
    ...drop.map(([, test]) => ({ kind: 'drop-policy-test', test }) as const),
    ...keep.map(([, test]) => ({ kind: 'keep-policy-test', test }) as const),
  ];
}

/** Whatever the file adds gets its id here, so that every line can name it. */
function namesOf(state: State, file: FacilityFile, reader: Reader): Names {
  const { makeId } = reader;
  const zones = new Map([...state.zones.values()].map(({ name, id }) => [name, id]));
  const hosts = new Map([...state.hosts.values()].map(({ name, id }) => [name, id]));
  const services = new Map([...state.network.services.values()].map(({ name, id }) => [name, id]));
  const homes = new Map([...state.hosts.values()].map(({ name, zone }) => [name, state.zones.get(zone)?.name ?? '']));
  keepOnly(zones, file.zones, () => makeId('zone'));
  keepOnly(hosts, file.hosts, () => makeId('host'));
  keepOnly(services, file.services, () => makeId('service'));
  for (const [name, { zone }] of Object.entries(file.hosts ?? {})) homes.set(name, zone);
  return { state, reader, zones, hosts, services, homes, troubles: [] };
}

/** A section that is there is the whole of it: no line may name what it leaves out. */
function keepOnly<Id>(
  known: Map<string, Id>,
  section: Readonly<Record<string, unknown>> | undefined,
  make: () => Id,
): void {
  if (section === undefined) return;
  for (const name of known.keys()) if (!Object.hasOwn(section, name)) known.delete(name);
  for (const name of Object.keys(section)) if (!known.has(name)) known.set(name, make());
}

/** The state that these changes lead to, or the model's refusal. */
export function afterChanges(state: State, changes: readonly NetworkChange[], asked: Asked): Outcome<State> {
  if (changes.length === 0) return ok(state);
  const outcome = decide(state, { kind: 'import-network', changes: [...changes] }, asked);
  return isRefused(outcome) ? outcome : ok(foldAside(state, outcome.value, asked.at));
}
