/**
 * Blast radius of every host of a facility of 2,000 with 10,000 live paths: policy in hand, everything else from nothing, now and at the worst
 * instant of thirty days. A walk from each host, one step at a time, says whether the pivots are right.
 */
import type { BenchRow } from '../bench.ts';
import { median } from '../bench.ts';
import { blastRadiusOf, surveyOf } from '#plan/network/blast/blast-radius.ts';
import type { Survey } from '#plan/network/blast/blast-radius.ts';
import { chokePoints } from '#plan/network/blast/choke-points.ts';
import { compilePolicy } from '#plan/network/compile-policy.ts';
import { renderNetworkMap } from '#plan/network/map/network-map.ts';
import { drawFacility, openPaths } from '#plan/network/test-facility.ts';

const PATHS = 10_000;
const HOSTS = 2000;
const ROUNDS = 5;
const BAR_MS = 2000;

export function run(): Promise<readonly BenchRow[]> {
  const facility = drawFacility('bench');
  openPaths(facility, PATHS);
  const { state, at } = facility.world;
  if (state.hosts.size < HOSTS || state.network.paths.size !== PATHS)
    throw new Error('the facility is not of the bar’s size');
  const policy = compilePolicy(state, at);
  const [all, choked, drawn]: number[][] = [[], [], []];
  let wrong = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    let survey: Survey | undefined;
    all?.push(
      timed(() => {
        survey = surveyOf(state, policy, at);
        blastRadiusOf(survey);
      }),
    );
    const known = survey ?? surveyOf(state, policy, at);
    wrong += walkAll(known);
    choked?.push(timed(() => chokePoints(known)));
    drawn?.push(timed(() => renderNetworkMap(state, at)));
  }
  const ms = median(all ?? []);
  return Promise.resolve([
    {
      name: `blast radius of ${state.hosts.size} hosts, all people and credentials, ${PATHS} live paths`,
      value: ms,
      unit: 'ms',
      bar: `<= ${BAR_MS} ms`,
      better: 'lower',
      holds: ms <= BAR_MS,
    },
    row('hosts whose pivots differ from the walk', wrong, 'hosts', '0', wrong === 0),
    row('choke points', median(choked ?? []), 'ms', `<= ${BAR_MS} ms`, median(choked ?? []) <= BAR_MS),
    row('map', median(drawn ?? []), 'ms', `<= ${BAR_MS} ms`, median(drawn ?? []) <= BAR_MS),
  ]);
}

function row(name: string, value: number, unit: string, bar: string, holds: boolean): BenchRow {
  return { name, value, unit, bar, better: 'lower', holds };
}

function timed(act: () => unknown): number {
  const begin = performance.now();
  act();
  return performance.now() - begin;
}

/** Breadth first from every host; how many reach another number of hosts than the survey says. */
function walkAll({ now, roster }: Survey): number {
  const out = roster.hosts.map((): number[] => []);
  now.passages.forEach(({ sources }, p) => {
    for (const source of sources) out[source]?.push(p);
  });
  let wrong = 0;
  for (const start of roster.hosts.keys()) {
    const [seen, used] = [new Uint8Array(roster.hosts.length), new Uint8Array(now.passages.length)];
    const open = [start];
    let count = 0;
    for (let host = open.pop(); host !== undefined; host = open.pop()) {
      for (const p of out[host] ?? []) {
        if (used[p] === 1) continue;
        used[p] = 1;
        for (const next of now.passages[p]?.destinations ?? []) {
          if (seen[next] === 1) continue;
          seen[next] = 1;
          count += 1;
          open.push(next);
        }
      }
    }
    if (count !== bitsOf(now.pivot[start], roster.hosts.length)) wrong += 1;
  }
  return wrong;
}

function bitsOf(set: Uint32Array | undefined, size: number): number {
  let count = 0;
  for (let n = 0; n < size; n += 1) count += ((set?.[n >>> 5] ?? 0) >>> (n & 31)) & 1;
  return count;
}
