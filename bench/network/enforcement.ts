/**
 * The packet filter with 10,000 live paths, through the warden and with real packets: what a load and a grant cost, what a load loses, and when a
 * streaming connection stops. No engine and no gate runs: what ends at its time ends by the kernel's timer.
 *
 * The last byte is timed in the process that receives it, so the figures hold what it took to be scheduled there.
 */
import type { BenchRow } from '../bench.ts';
import { median, percentile } from '../bench.ts';
import { drawRules } from '../../test/network/drawn-rules.ts';
import type { Guarded } from '../../test/network/guarded.ts';
import { guard } from '../../test/network/guarded.ts';
import type { LabHost } from '../../test/network/lab.ts';
import { createLab } from '../../test/network/lab.ts';
import { withoutNamespaces } from '../../test/network/namespaces.ts';
import { changeOf } from '#plan/network/nft/elements.ts';
import { renderRules } from '#plan/network/nft/render-rules.ts';
import type { Rules } from '#plan/network/nft/rules.ts';

const PATHS = 10_000;
const LOADS = 7;
const GRANTS = 200;
const REPLACES = 20;
const CUTS = 100;
const TIMERS = 40;
const PORT = 5900;

interface Scene {
  readonly guarded: Guarded;
  readonly from: LabHost;
  readonly to: LabHost;
  /** Paths of others, which live for an hour. */
  readonly others: readonly string[];
}

export async function run(): Promise<readonly BenchRow[]> {
  const why = withoutNamespaces();
  if (why !== false) throw new Error(why);
  const lab = await createLab(2);
  const guarded = await guard(lab.router);
  const [from, to] = lab.hosts as readonly [LabHost, LabHost]; // as many as were asked for
  try {
    await to.serve(PORT);
    const others = Array.from({ length: PATHS }, (_, i) => {
      const seat = `10.${100 + (i >> 14)}.${(i >> 7) & 127}.${(i & 127) + 1}`;
      return `pth_${String(i).padStart(20, '0')} 10.99.0.${(i % 200) + 1} -> ${seat} tcp ${PORT} 3600000`;
    });
    return await measure({ guarded, from, to, others });
  } finally {
    await guarded.close();
    await lab.remove();
  }
}

async function measure(scene: Scene): Promise<readonly BenchRow[]> {
  const loads = await timeLoads(scene);
  const grants = await timeGrants(scene);
  const lost = await countLost(scene);
  const revoked = await timeCuts(scene, 'revoke');
  const quarantined = await timeCuts(scene, 'quarantine');
  const timers = await timeTimers(scene);
  return [
    atMost(`atomic apply of ${PATHS} elements, through the warden`, median(loads), 'ms', 500),
    atMost('one grant, median', median(grants), 'ms', 10),
    atMost('one grant, p99', percentile(grants, 0.99), 'ms', 10),
    atMost(`new connections lost during ${REPLACES} replaces, of ${lost.tried}`, lost.lost, '', 0),
    atMost(`last byte after a revocation is committed, p99 of ${CUTS}`, percentile(revoked, 0.99), 'ms', 20),
    atMost(`last byte after a quarantine is committed, p99 of ${CUTS}`, percentile(quarantined, 0.99), 'ms', 20),
    atMost(`last byte after a grant's end, nothing of ours running, worst of ${TIMERS}`, Math.max(...timers), 'ms', 50),
  ];
}

function atMost(name: string, value: number, unit: string, bar: number): BenchRow {
  return { name, value, unit, bar: `<= ${bar} ${unit}`.trim(), better: 'lower', holds: value <= bar };
}

function now(): number {
  return performance.timeOrigin + performance.now();
}

async function load(
  { guarded }: Scene,
  lines: readonly string[],
): Promise<{ readonly rules: Rules; readonly ms: number }> {
  const at = now();
  const { rules } = drawRules(at, lines);
  const text = renderRules(rules, at);
  const startedAt = performance.now();
  await guarded.warden.load(text, {});
  return { rules, ms: performance.now() - startedAt };
}

async function timeLoads(scene: Scene): Promise<readonly number[]> {
  const times: number[] = [];
  for (let i = 0; i < LOADS; i += 1) times.push((await load(scene, scene.others)).ms);
  return times;
}

/** One path more, and one less, with all others loaded. */
async function timeGrants(scene: Scene): Promise<readonly number[]> {
  const { rules } = await load(scene, scene.others);
  const times: number[] = [];
  for (let i = 0; i < GRANTS; i += 1) {
    const line = `pth_own ${scene.from.v4} -> ${scene.to.v4} tcp ${6000 + i} 60000`;
    const { rules: more } = drawRules(now(), [line], { marks: { byId: new Map(), last: PATHS + i } });
    const change = changeOf({ ...rules, pointers4: [], grants: [] }, more, now());
    const startedAt = performance.now();
    await scene.guarded.warden.change(change);
    times.push(performance.now() - startedAt);
  }
  return times;
}

/** Connections opened one after another while the whole table is replaced again and again. */
async function countLost(scene: Scene): Promise<{ readonly tried: number; readonly lost: number }> {
  const lines = [...scene.others, `flw_own ${scene.from.v4} -> ${scene.to.v4} tcp ${PORT}`];
  await load(scene, lines);
  let [tried, lost, isDone] = [0, 0, false];
  const probe = async (): Promise<void> => {
    while (!isDone) {
      tried += 1;
      if ((await scene.from.tryOpen(scene.to.v4, PORT, 3000)) !== 'open') lost += 1;
    }
  };
  const probing = Promise.all([probe(), probe(), probe(), probe()]);
  for (let i = 0; i < REPLACES; i += 1) await load(scene, lines);
  isDone = true;
  await probing;
  return { tried, lost };
}

/** How long after the commit the last byte came; never below zero. */
async function timeCuts(scene: Scene, how: 'revoke' | 'quarantine'): Promise<readonly number[]> {
  const { from, to, guarded, others } = scene;
  const { rules: base } = await load(scene, others.slice(0, 100));
  const times: number[] = [];
  for (let i = 0; i < CUTS; i += 1) {
    const line = `pth_own ${from.v4} -> ${to.v4} tcp ${PORT} 60000`;
    const marks = { byId: new Map(), last: PATHS + i };
    const nothing = { ...base, pointers4: [], grants: [] };
    const opened = drawRules(now(), [line], { marks }).rules;
    await guarded.warden.change(changeOf(nothing, opened, now()));
    const stream = await from.stream(to.v4, PORT);
    const cut =
      how === 'revoke'
        ? nothing
        : { ...opened, quarantined4: drawRules(0, [], { quarantined: [from.v4] }).rules.quarantined4 };
    await guarded.warden.change(changeOf(opened, cut, now()));
    const committedAt = now();
    if (how === 'quarantine') setTimeout(() => stream.stop(), 60);
    times.push(Math.max(0, (await stream.ended).lastAt - committedAt));
    await guarded.warden.change(changeOf(cut, nothing, now()));
  }
  return times;
}

async function timeTimers({ from, to, guarded, ...scene }: Scene): Promise<readonly number[]> {
  const { rules: base } = await load({ from, to, guarded, ...scene }, scene.others);
  const times: number[] = [];
  let before: Rules = { ...base, pointers4: [], grants: [] };
  for (let i = 0; i < TIMERS; i += 1) {
    const at = now();
    const livesMs = 120 + 7 * i;
    const line = `pth_own ${from.v4} -> ${to.v4} tcp ${PORT} ${livesMs}`;
    const { rules } = drawRules(at, [line], { marks: { byId: new Map(), last: 2 * PATHS + i } });
    await guarded.warden.change(changeOf(before, rules, now()));
    before = rules;
    const stream = await from.stream(to.v4, PORT);
    times.push((await stream.ended).lastAt - (at + livesMs));
  }
  return times;
}
