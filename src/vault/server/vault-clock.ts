/**
 * The vault's own time: what retention is counted in. It moves with the machine's monotonic clock, never with the wall clock, so winding the
 * wall clock forward releases nothing. Across a reboot the wall clock may credit a bounded time. Whenever clocks disagree the time is
 * doubted, and while it is doubted nothing expires; only a person ends the doubt.
 */
export interface VaultClockState {
  /** Vault time: ms since 1970, never falling. */
  readonly at: number;
  readonly wall: number;
  readonly monotonic: number;
  /** Tells one boot of the machine from another. */
  readonly boot: string;
  /** What the wall clock may still credit for times when the machine was off: many short reboots together credit no more than one. */
  readonly creditMs: number;
  readonly doubt?: string;
}

export interface ClockReading {
  readonly wall: number;
  /** Of this boot: ms. */
  readonly monotonic: number;
  readonly boot: string;
  /** Wall clocks of others, now: who follows this vault, the second site, an object store. Each can raise a doubt, none can end one. */
  readonly others?: readonly number[];
}

/** The wall clock may differ so much from elapsed time before it is doubted: leap seconds and slewing stay below. */
export const STEP_MS_MAX = 5_000;
/** Time that the wall clock may credit for reboots, all together: a machine that was off longer is looked at by a person. */
export const REBOOT_CREDIT_MS_MAX = 24 * 3_600_000;
/** The credit grows back by one part in so many of the time that was watched. */
const CREDIT_REGROWTH = 7;
/** Another machine's clock may differ so much. */
export const OTHERS_MS_MAX = 10 * 60_000;

export function startClock(reading: ClockReading): VaultClockState {
  const [wall, monotonic] = [Math.floor(reading.wall), Math.floor(reading.monotonic)];
  return { at: wall, wall, monotonic, boot: reading.boot, creditMs: REBOOT_CREDIT_MS_MAX };
}

/** `lastAt`: the newest vault time that the journal proves. Without the clock's file the wall clock is not believed beyond it. */
export function resumeClock(
  saved: VaultClockState | undefined,
  lastAt: number,
  reading: ClockReading,
): VaultClockState {
  if (saved !== undefined) {
    const moved = tick(saved, reading);
    return { ...moved, at: Math.max(moved.at, lastAt) };
  }
  if (lastAt === 0) return startClock(reading);
  return { ...startClock(reading), at: lastAt, doubt: 'the file of the vault’s clock is missing' };
}

export function tick(state: VaultClockState, raw: ClockReading): VaultClockState {
  const reading = { ...raw, wall: Math.floor(raw.wall), monotonic: Math.floor(raw.monotonic) };
  const next = reading.boot === state.boot ? sameBoot(state, reading) : rebooted(state, reading);
  const doubt = state.doubt ?? next.doubt ?? othersDoubt(reading.wall, reading.others ?? []);
  const { wall, monotonic, boot } = reading;
  const moved = { at: next.at, wall, monotonic, boot, creditMs: next.creditMs };
  return doubt === undefined ? moved : { ...moved, doubt };
}

interface Moved {
  readonly at: number;
  readonly creditMs: number;
  readonly doubt?: string;
}

/** When the two clocks disagree the smaller step counts: a monotonic clock can be given an offset too, by a namespace. */
function sameBoot(state: VaultClockState, { wall, monotonic }: ClockReading): Moved {
  const elapsed = Math.max(0, monotonic - state.monotonic);
  const step = wall - state.wall - elapsed;
  if (Math.abs(step) > STEP_MS_MAX) {
    const credited = Math.max(0, Math.min(elapsed, wall - state.wall));
    return { at: state.at + credited, creditMs: state.creditMs, doubt: stepDoubt(step) };
  }
  const creditMs = Math.min(REBOOT_CREDIT_MS_MAX, state.creditMs + elapsed / CREDIT_REGROWTH);
  return { at: state.at + elapsed, creditMs };
}

function stepDoubt(step: number): string {
  return `the wall clock stepped by ${seconds(step)} against the time that passed`;
}

/** How long the machine was off nobody measured: the wall clock is believed within bounds. */
function rebooted(state: VaultClockState, { wall }: ClockReading): Moved {
  const { at, creditMs } = state;
  const off = wall - state.wall;
  if (off < -STEP_MS_MAX) return { at, creditMs, doubt: `after a reboot the wall clock is ${seconds(-off)} back` };
  const credited = Math.floor(Math.min(Math.max(0, off), creditMs));
  const moved = { at: at + credited, creditMs: creditMs - credited };
  if (off <= creditMs) return moved;
  return { ...moved, doubt: `after a reboot the wall clock is ${seconds(off)} ahead; reboots credit a day in all` };
}

/** Clocks are held against this machine's: the vault's own time may stand behind both, after a doubt that somebody ended. */
function othersDoubt(wall: number, others: readonly number[]): string | undefined {
  const far = others.find((other) => Math.abs(other - wall) > OTHERS_MS_MAX);
  return far === undefined ? undefined : `another machine's clock differs by ${seconds(far - wall)}`;
}

function seconds(ms: number): string {
  return `${Math.round(ms / 1000)} s`;
}

/** A person has looked at it: the doubt ends; the time goes on from where it stood. */
export function trusted({ at, wall, monotonic, boot }: VaultClockState): VaultClockState {
  return { at, wall, monotonic, boot, creditMs: REBOOT_CREDIT_MS_MAX };
}
