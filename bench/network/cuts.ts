/**
 * When open TCP streams really end, by the kernel's own time stamps of the last packet that came: at the end of a grant, at a quarantine, and at
 * the end of a grant whose engine, gate and warden are dead.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { BenchRow } from '../bench.ts';
import { percentile } from '../bench.ts';
import type { KilledOrder, KilledAnswer } from './killed-facility.ts';
import type { Row, Scene } from './scene.ts';
import { FIRST_PORT, openScene, rulesFor, v4, v6, wallClock } from './scene.ts';
import type { LabStream } from '#host/lab/prober.ts';
import { whyNoLab } from '#host/lab/namespace.ts';
import type { Rules } from '#plan/network/nft/rules.ts';
import { changeOf } from '#plan/network/nft/elements.ts';
import { renderRules } from '#plan/network/nft/render-rules.ts';

const PORTS = 100;
/** Rounds of as many streams as there are ports. */
const ROUNDS = 3;
const QUARANTINES = 200;
const CUT_BAR_MS = 20;
const TIMER_BAR_MS = 50;
/** From the grants to the first end, while streams begin. */
const LEAD_MS = 2500;
const SPREAD_MS = 7;
const WATCH_MS = 60;

export async function run(): Promise<readonly BenchRow[]> {
  const why = await whyNoLab();
  if (why !== undefined) {
    console.error(`NOT measured: rows about cuts, because ${why}.`);
    return [];
  }
  const scene = await openScene(PORTS);
  try {
    return [...(await grantEnds(scene)), ...(await quarantines(scene)), ...(await withoutEngine(scene))];
  } finally {
    await scene.close();
  }
}

/** Streams over IPv4 and IPv6 in turns, each under a grant of its own that ends at its own time. */
async function grantEnds(scene: Scene): Promise<readonly BenchRow[]> {
  const late: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const now = wallClock();
    const at = now();
    const rows = Array.from({ length: PORTS }, (_, n) => timed(n, at + LEAD_MS + n * SPREAD_MS));
    const { rules } = rulesFor(rows, at);
    await scene.warden.load(renderRules(rulesFor([], at).rules, at), {});
    await scene.warden.change(changeOf(rulesFor([], at).rules, rules, now()));
    late.push(...(await endsOf(scene, rows)));
  }
  return lateness(`open TCP streams after the end of their grants, ${late.length} streams`, late, CUT_BAR_MS);
}

function timed(n: number, until: number): Row {
  const [from, to] = n % 2 === 0 ? [v4(0), v4(1)] : [v6(0), v6(1)];
  return { id: `pth_${n}`, from, to, port: FIRST_PORT + n, until: Math.round(until) };
}

/** How late each stream's last byte came, in ms; negative when before its end. */
async function endsOf({ prober }: Scene, rows: readonly Row[]): Promise<readonly number[]> {
  const streams = await Promise.all(
    rows.map(({ from, to, port }) => prober.stream({ machine: 0, from, to, port }, { isPushed: port % 4 === 3 })),
  );
  await new Promise((done) => setTimeout(done, Math.max(...rows.map(({ until = 0 }) => until)) - Date.now() + 300));
  for (const stream of streams) stream.stop();
  const ends = await Promise.all(streams.map(({ ended }) => ended));
  return ends.map(({ lastAt, bytes }, n) => {
    if (bytes < 100) throw new Error(`stream ${n} hardly streamed: ${bytes} bytes`);
    return lastAt - (rows[n]?.until ?? 0);
  });
}

async function quarantines({ warden, prober }: Scene): Promise<readonly BenchRow[]> {
  const now = wallClock();
  const at = now();
  const { rules } = rulesFor([{ id: 'flw_a', from: v4(0), to: v4(1), port: FIRST_PORT }], at);
  await warden.load(renderRules(rules, at), {});
  const held: Rules = { ...rules, quarantined4: [Number(BigInt(`0x0a420005`))] };
  const [afterOrder, afterCommit]: number[][] = [[], []];
  for (let i = 0; i < QUARANTINES; i += 1) {
    const ends = { machine: 0, from: v4(0), to: v4(1), port: FIRST_PORT };
    const stream: LabStream = await prober.stream(ends, { isPushed: i % 2 === 1 });
    const orderedAt = now();
    await warden.change(changeOf(rules, held, orderedAt));
    const committedAt = now();
    await new Promise((done) => setTimeout(done, WATCH_MS));
    stream.stop();
    const { lastAt } = await stream.ended;
    afterOrder?.push(lastAt - orderedAt);
    afterCommit?.push(lastAt - committedAt);
    await warden.change(changeOf(held, rules, now()));
  }
  return [
    ...lateness(
      `open TCP streams after a quarantine was committed, ${QUARANTINES} streams`,
      afterCommit ?? [],
      CUT_BAR_MS,
    ),
    ...lateness(`the same, counted from the order to the warden`, afterOrder ?? [], CUT_BAR_MS),
  ];
}

/** A whole facility opens paths in a process of its own, which is killed with everything that it knows; then the warden ends, too. */
async function withoutEngine(scene: Scene): Promise<readonly BenchRow[]> {
  await scene.warden.unload();
  const child = fork(join(import.meta.dirname, 'killed-facility.ts'));
  const until = Date.now() + LEAD_MS * 4;
  const rows = Array.from({ length: PORTS }, (_, n) => timed(n, until + n * SPREAD_MS));
  const order: KilledOrder = { socket: scene.socket, rows };
  child.send(order);
  const [answer] = (await once(child, 'message')) as [KilledAnswer]; // from our own child
  if (answer.kind !== 'opened') throw new Error(`the facility did not open its paths: ${answer.why}`);
  child.kill('SIGKILL');
  await once(child, 'exit');
  await scene.endWarden();
  if (Date.now() > until - 1000) throw new Error('the facility was too slow to be killed before its grants end');
  const late = await endsOf(scene, rows);
  return lateness(
    `engine, gate and warden dead: streams after the end of their grants, ${late.length}`,
    late,
    TIMER_BAR_MS,
    1,
  );
}

function lateness(name: string, late: readonly number[], bar: number, share = 0.99): readonly BenchRow[] {
  const value = percentile(late, share);
  const which = share === 1 ? 'latest' : 'p99';
  return [
    {
      name: `${name}, last packet, ${which}`,
      value,
      unit: 'ms',
      bar: `<= ${bar} ms`,
      better: 'lower',
      holds: value <= bar,
    },
  ];
}
