/**
 * How large a state's rules are, counted without compiling them, beside what a packet filter is given and read back from. What is within these
 * limits may still be parted further where rules overlap; a load that becomes too large then is refused by the gate, which says so.
 */
import { POINTERS_MAX, STANDING_PIECES_MAX } from '#plan/network/nft/rules.ts';
import type { Family, PortBox } from '#plan/network/port-box.ts';
import { ANY_PROTOCOL, portBoxes } from '#plan/network/port-box.ts';
import type { Rule } from '#plan/network/rule.ts';
import { standingRules } from '#plan/network/rule.ts';
import type { State } from '#model/state.ts';

/** TCP, UDP, and the three spans of protocol numbers around them. */
const ANY_PROTOCOL_PIECES = 5;

export function isTooLarge(state: State): boolean {
  if (state.network.paths.size > POINTERS_MAX) return true;
  return (['v4', 'v6'] as const).some((family) => countPieces(state, family) > STANDING_PIECES_MAX);
}

function countPieces(state: State, family: Family): number {
  return standingRules(state).reduce((count, rule) => count + piecesOf(rule, family), 0);
}

function piecesOf({ source, destination, ports }: Rule, family: Family): number {
  const combinations = source[family].length * destination[family].length;
  return combinations === 0 ? 0 : combinations * portBoxes(ports, family).reduce((sum, box) => sum + partsOf(box), 0);
}

function partsOf({ protocol }: PortBox): number {
  return protocol.first === ANY_PROTOCOL.first && protocol.last === ANY_PROTOCOL.last ? ANY_PROTOCOL_PIECES : 1;
}
