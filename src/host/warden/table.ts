/**
 * The table in the kernel, and what the warden knows of it: the rules that are loaded, with every grant's end on the machine's monotonic
 * clock, and while a load waits for its confirmation the rules to go back to. One thing is done at a time.
 */
import { createLoadTime } from './load-time.ts';
import { machineMs } from './protocol.ts';
import type { SavedRules } from './saved-rules.ts';
import { withElementsOf } from './saved-rules.ts';
import type { NftShell } from '#host/nft/nft-shell.ts';
import type { Programs } from '#host/nft/programs.ts';
import type { Side } from '#plan/network/nft/chains.ts';
import { otherSide } from '#plan/network/nft/chains.ts';
import type { Change } from '#plan/network/nft/elements.ts';
import { renderChange, sizeOf, withChange } from '#plan/network/nft/elements.ts';
import { parseRules } from '#plan/network/nft/parse-rules.ts';
import { renderRules, renderStage, renderSwitch, UNLOAD_TEXT } from '#plan/network/nft/render-rules.ts';
import type { Rules } from '#plan/network/nft/rules.ts';
import { OPEN_RULES, TABLE } from '#plan/network/nft/rules.ts';
import type { WardenStatus } from '#ports/warden.ts';
import { Fault } from '#std/refused.ts';

/** A load that took so much longer than expected has its grants' times set again. */
const LATE_MS_MAX = 10;
/** From a change's rendering to its commit by a shell that runs already. */
const CHANGE_MS = 2;
/** A change that took so long has the times of its grants set again: the kernel counts them from the commit. */
const CHANGE_MS_MAX = 6;
const SET_AGAIN_MAX = 3;
const OWN_PIDS_KEPT = 256;

export interface Table {
  check(text: string): Promise<void>;
  load(text: string, askedAt: number, confirmWithinMs?: number): Promise<number>;
  status(): Promise<Pick<WardenStatus, 'isPending'>>;
  confirm(): Promise<void>;
  rollBack(): Promise<number>;
  change(change: Change, askedAt: number): Promise<number>;
  list(): Promise<string | undefined>;
  unload(): Promise<void>;
  /** Whether a commit by this process is our own; somebody else's makes what is loaded doubtful. */
  isOwn(pid: number | undefined): boolean;
  close(): Promise<void>;
}

export interface TableParts {
  readonly programs: Programs;
  readonly shell: NftShell;
  readonly saved: SavedRules;
  readonly onRolledBack: () => void;
  readonly onTrouble: (what: string, error: unknown) => void;
}

/** Takes up what is loaded. Rules that were waiting for a confirmation when the last warden ended are rolled back. */
export async function openTable({ programs, shell, saved, onRolledBack, onTrouble }: TableParts): Promise<Table> {
  const loadTime = createLoadTime();
  const ownPids = new Set<number>();
  let current: Rules | undefined;
  /** Whose sets the chains ask. */
  let side: Side = 'b';
  let previous: Rules | undefined;
  /** What is loaded under our name is not ours, or not whole: it is replaced in one piece. */
  let isStrange = false;
  let timer: NodeJS.Timeout | undefined;
  let queue: Promise<unknown> = Promise.resolve();

  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = queue.then(work);
    queue = turn.catch(() => undefined);
    return turn;
  }

  function own(pid: number): void {
    ownPids.add(pid);
    for (const old of ownPids) if (ownPids.size > OWN_PIDS_KEPT) ownPids.delete(old);
  }

  const nft = (input: string, ...args: readonly string[]): Promise<string> =>
    programs.run('nft', [...args, '-f', '-'], { input, onPid: own });

  async function commit(rules: Rules): Promise<void> {
    const elements = rules.grants.length + rules.pointers4.length + rules.pointers6.length + rules.standing4.length;
    const [startedAt, expectedMs] = [machineMs(), loadTime.expectMs(elements)];
    if (isStrange || !(await isSwitched(rules, startedAt + expectedMs))) {
      await nft(renderRules(rules, startedAt + expectedMs));
      [side, isStrange] = ['a', false];
    }
    const tookMs = machineMs() - startedAt;
    loadTime.learn(elements, tookMs);
    current = rules;
    if (tookMs - expectedMs > LATE_MS_MAX) await setTimesAgain(rules);
  }

  /** Without a packet noticing. False when what is loaded is not what we left there: then the table is replaced in one piece. */
  async function isSwitched(rules: Rules, at: number): Promise<boolean> {
    const next = otherSide(side);
    try {
      await nft(renderStage(rules, next, at));
      await nft(renderSwitch(rules, next, current?.links.length));
      const parsed = parseRules((await list('-t')) ?? '', 0);
      side = next;
      return parsed.kind === 'rules' && parsed.rules.enforce === rules.enforce;
    } catch (error) {
      if (error instanceof Fault) return false; // what the kernel refuses, it refuses in one piece too, and says why
      throw error;
    }
  }

  async function commitLine(line: string): Promise<void> {
    await shell.commit(line);
    if (shell.pid !== undefined) own(shell.pid); // the kernel may speak of it after the shell has died
  }

  /** Grants end by the machine's clock, whatever a commit took. Given marks, only theirs. */
  async function setTimesAgain(rules: Rules, marks?: ReadonlySet<number>): Promise<void> {
    const timed = rules.grants.filter(({ mark, endsAt }) => endsAt !== undefined && marks?.has(mark) !== false);
    let expectMs = CHANGE_MS;
    for (let i = 0; i < SET_AGAIN_MAX && timed.length > 0; i += 1) {
      const now = machineMs();
      const live = timed.map(({ mark, id, endsAt = 0 }) => ({ mark, id, ttlMs: Math.floor(endsAt - now - expectMs) }));
      const [dead, left] = [live.filter(({ ttlMs }) => ttlMs < 1), live.filter(({ ttlMs }) => ttlMs >= 1)];
      const nothing = { unpoint: [], point: [], quarantine: [], release: [] };
      await commitLine(renderChange({ ...nothing, dead: dead.map(({ mark }) => mark), live: left }, side));
      const tookMs = machineMs() - now;
      if (tookMs - expectMs <= LATE_MS_MAX) return;
      expectMs = tookMs;
    }
  }

  /** Only rules of ours, and only as we write them: the text that goes to nft is written anew from what was understood. */
  function understand(text: string, at: number): Rules {
    const parsed = parseRules(text, at);
    if (parsed.kind === 'unknown') throw new Fault('rules-not-ours', `These are not our rules: ${parsed.why}.`);
    return parsed.rules;
  }

  function keep(rules: Rules): void {
    clearTimeout(timer);
    previous = undefined;
    saved.save(rules, machineMs());
    saved.setPending(false);
  }

  /** That they wait is written before they are loaded: whoever takes up after a death in between goes back to what was proven. */
  async function commitUnconfirmed(rules: Rules, before: Rules, withinMs: number): Promise<void> {
    const wasPending = saved.isPending();
    saved.setPending(true);
    try {
      await commit(rules);
    } catch (error) {
      if (current === rules) wait(before, withinMs);
      else if (!wasPending) saved.setPending(false);
      throw error;
    }
    wait(before, withinMs);
  }

  function wait(before: Rules, withinMs: number): void {
    clearTimeout(timer);
    previous = before;
    saved.setPending(true);
    timer = setTimeout(() => {
      inTurn(rollBack).then(onRolledBack, (error: unknown) => onTrouble('the roll-back failed', error));
    }, withinMs);
  }

  async function rollBack(): Promise<number> {
    const before = previous;
    if (before === undefined) throw new Fault('nothing-to-roll-back', 'No rules wait for a confirmation.');
    const startedAt = machineMs();
    const back = current === undefined ? before : withElementsOf(before, current);
    await commit(back);
    keep(back);
    return machineMs() - startedAt;
  }

  async function list(...flags: readonly string[]): Promise<string | undefined> {
    try {
      return await programs.run('nft', ['-y', '-p', ...flags, 'list', 'table', 'inet', TABLE]);
    } catch (error) {
      if (error instanceof Fault && error.message.includes('No such file or directory')) return undefined;
      throw error;
    }
  }

  async function takeUp(): Promise<void> {
    const listing = await list();
    const parsed = listing === undefined ? undefined : parseRules(listing, machineMs());
    if (parsed?.kind === 'rules') {
      current = parsed.rules;
      side = parsed.rules.side;
    } else if (listing !== undefined) isStrange = true;
    if (!saved.isPending()) return;
    previous = saved.read(machineMs()) ?? OPEN_RULES;
    await rollBack();
    onRolledBack();
  }

  await inTurn(takeUp);
  return {
    check: (text) => inTurn(async () => void (await nft(renderRules(understand(text, 0), 0), '-c'))),
    load: (text, askedAt, confirmWithinMs) =>
      inTurn(async () => {
        const startedAt = machineMs();
        const [rules, before] = [understand(text, askedAt), previous ?? current ?? OPEN_RULES];
        if (confirmWithinMs === undefined) {
          await commit(rules);
          keep(rules);
        } else await commitUnconfirmed(rules, before, confirmWithinMs);
        return machineMs() - startedAt;
      }),
    status: () => inTurn(async () => ({ isPending: previous !== undefined })),
    confirm: () =>
      inTurn(async () => {
        if (previous !== undefined && current !== undefined) keep(current);
      }),
    rollBack: () => inTurn(rollBack),
    change: (change, askedAt) =>
      inTurn(async () => {
        const startedAt = machineMs();
        if (current === undefined) throw new Fault('nothing-loaded', 'No rules of ours are loaded.');
        const due = aged(change, startedAt + CHANGE_MS - askedAt);
        if (sizeOf(due) > 0) await commitLine(renderChange(due, side));
        current = withChange(current, due, startedAt + CHANGE_MS);
        if (machineMs() - startedAt > CHANGE_MS_MAX)
          await setTimesAgain(current, new Set(due.live.map(({ mark }) => mark)));
        if (due.quarantine.length + due.release.length > 0) saveHeld(current);
        return machineMs() - startedAt;
      }),
    list: () => inTurn(() => list()),
    unload: () =>
      inTurn(async () => {
        clearTimeout(timer);
        await nft(UNLOAD_TEXT);
        [current, previous] = [undefined, undefined];
        saved.forget();
      }),
    isOwn(pid) {
      const isOurs = pid !== undefined && (pid === shell.pid || ownPids.has(pid));
      if (!isOurs) isStrange = true;
      return isOurs;
    },
    async close() {
      clearTimeout(timer);
      await queue;
      shell.close();
    },
  };

  /** Quarantine outlives a reboot; what waits for its confirmation is not what a reboot should find. */
  function saveHeld(rules: Rules): void {
    const proven = previous === undefined ? rules : withElementsOf(previous, rules);
    saved.save(proven, machineMs());
  }
}

/** Times left, less what has passed since the change was asked for; what is over by now is not opened. */
function aged(change: Change, ms: number): Change {
  const live = change.live.map((one) => ({ ...one, ttlMs: Math.floor(one.ttlMs - Math.max(0, ms)) }));
  const over = live.filter(({ ttlMs }) => ttlMs < 1).map(({ mark }) => mark);
  return { ...change, live: live.filter(({ ttlMs }) => ttlMs >= 1), dead: [...change.dead, ...over] };
}
