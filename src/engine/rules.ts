/** The rules that the loop runs on: pure functions, given to the engine so that tests may bring smaller ones. */
import type { Asked, Command } from '#model/commands.ts';
import type { MakeId } from '#model/due.ts';
import type { By, Draft, Placed } from '#model/events.ts';
import type { State } from '#model/state.ts';
import type { Outcome } from '#std/refused.ts';

export interface Rules {
  /** The state before the first entry. */
  readonly empty: State;
  /** May this actor ask for this at all? */
  authorize(state: State, command: Command, by: By, at: number): Outcome<void>;
  decide(state: State, command: Command, asked: Asked): Outcome<readonly Draft[]>;
  evolve(state: State, placed: Placed): State;
  /** What the clock asks for: warnings, dormancy, ends. */
  due(state: State, at: number, makeId: MakeId): readonly Command[];
}
