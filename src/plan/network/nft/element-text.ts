/** The elements of sets and maps as nft writes and reads them. */
import type { SetShape } from '#plan/network/nft/chains.ts';
import type { Grant, Near, Piece, Pointer } from '#plan/network/nft/rules.ts';
import type { Span } from '#plan/network/policy.ts';
import { renderPoint, renderSpan } from '#plan/network/address-set.ts';
import type { Point } from '#plan/network/span-set.ts';

/** `endsAt` becomes what is left of it at `at`; a dead grant gives nothing. */
export function renderGrant({ mark, id, endsAt }: Grant, at: number): string | undefined {
  if (endsAt === undefined) return `${renderMark(mark)} comment "${id}"`;
  const ms = Math.floor(endsAt - at);
  return ms < 1 ? undefined : `${renderMark(mark)} timeout ${renderDuration(ms)} comment "${id}"`;
}

const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
  ['ms', 1],
] as const;

/** `44d23h59m55s320ms`: nft takes at most eight digits for a unit, so a day and more cannot be told in milliseconds alone. */
export function renderDuration(ms: number): string {
  let rest = ms;
  let text = '';
  for (const [unit, size] of UNITS) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count > 0) text += `${count}${unit}`;
  }
  return text === '' ? '0ms' : text;
}

export function renderMark(mark: number): string {
  return `0x${mark.toString(16).padStart(8, '0')}`;
}

export function renderPointer<N extends Point>(pointer: Pointer<N>): string {
  return `${renderTuple(pointer)} : ${renderMark(pointer.mark)}`;
}

export function renderTuple<N extends Point>({ from, to, port }: Omit<Pointer<N>, 'mark'>): string {
  return `${renderPoint(from)} . ${renderPoint(to)} . ${port}`;
}

export function renderPiece<N extends Point>(piece: Piece<N>, { kind }: SetShape): string {
  const last = kind === 'rest' ? piece.protocol : piece.port;
  return `${renderAddresses(piece.source)} . ${renderAddresses(piece.destination)} . ${renderNumbers(last)} : ${renderMark(piece.mark)}`;
}

export function renderAddresses<N extends Point>(span: Span<N>): string {
  return renderSpan(span as Span<number> | Span<bigint>); // one of the two, and it takes either
}

export function renderNear<N extends Point>({ source, destination }: Near<N>): string {
  return `${renderAddresses(source)} . ${renderAddresses(destination)}`;
}

function renderNumbers({ first, last }: Span): string {
  return first === last ? String(first) : `${first}-${last}`;
}
