/**
 * The proof that what the kernel lists is what the model says: the same packets at the same instants, the same quarantine, and refusals that
 * refuse. Made on the listing, never on the text that was loaded.
 */
import { surplusOf } from '#plan/network/difference.ts';
import type { Surplus } from '#plan/network/difference.ts';
import { loadedPolicy, settled } from '#plan/network/nft/loaded-policy.ts';
import type { Tolerance } from '#plan/network/nft/loaded-policy.ts';
import type { ListedRules } from '#plan/network/nft/parse-rules.ts';
import { parseRules } from '#plan/network/nft/parse-rules.ts';
import type { Near, Rules } from '#plan/network/nft/rules.ts';
import type { BoxOf, Policy, Span } from '#plan/network/policy.ts';
import type { Point } from '#plan/network/span-set.ts';
import { subtract, unite } from '#plan/network/span-set.ts';

export type Proof =
  | { readonly kind: 'equal'; readonly listed: ListedRules }
  /** Understood, and different: `says` names one difference. */
  | {
      readonly kind: 'different';
      readonly says: string;
      readonly surplus: readonly Surplus[];
      readonly missing: readonly Surplus[];
    }
  | { readonly kind: 'unknown'; readonly why: string };

export interface Wanted {
  readonly rules: Rules;
  /** The policy of the model, compiled by itself and not taken from the rules. */
  readonly policy: Policy;
}

/** `at`: wall clock of the listing. */
export function proveListing(listing: string, wanted: Wanted, at: number, tolerance: Tolerance): Proof {
  const parsed = parseRules(listing, at);
  if (parsed.kind === 'unknown') return parsed;
  const { rules: listed } = parsed;
  const other = fixedDifference(listed, wanted.rules) ?? quarantineDifference(listed, wanted.policy);
  if (other !== undefined) return { kind: 'different', says: other, surplus: [], missing: [] };
  // What ends at about this instant is neither wanted nor unwanted.
  const soon = at + tolerance.earlyMs + tolerance.lateMs;
  const [model, kernel] = [wanted.policy, loadedPolicy(settled(listed, wanted.rules.grants, tolerance), at)].map(
    (policy) => lasting(policy, soon),
  ) as [Policy, Policy]; // two in, two out
  const [surplus, missing] = [surplusOf(kernel, model).surplus, surplusOf(model, kernel).surplus];
  if (surplus.length === 0 && missing.length === 0) return { kind: 'equal', listed };
  return { kind: 'different', says: sayDifference(surplus, missing), surplus, missing };
}

/** Everything from `soon` on. */
function lasting(policy: Policy, soon: number): Policy {
  const later = <N extends Point>(boxes: readonly BoxOf<N>[]): readonly BoxOf<N>[] =>
    boxes.flatMap((box) => (box.time.last < soon ? [] : [{ ...box, time: { first: soon, last: box.time.last } }]));
  return { ...policy, v4: later(policy.v4), v6: later(policy.v6) };
}

function fixedDifference(listed: Rules, wanted: Rules): string | undefined {
  if (listed.enforce !== wanted.enforce) return listed.enforce ? 'it refuses' : 'it lets everything pass';
  const names = (rules: Rules) => rules.links.map(({ name }) => name).join(' ');
  if (names(listed) !== names(wanted)) return `it guards the links ${names(listed) || '(none)'}`;
  const strange = listed.links.find((link, i) => {
    const own = wanted.links[i];
    return own === undefined || !isSameSet(link.v4, own.v4) || !isSameSet(link.v6, own.v6);
  });
  if (strange !== undefined) return `other sources may come in by ${strange.name}`;
  return ownDifference(listed, wanted);
}

/** Of what is asked of packets to the gateway itself. */
function ownDifference(listed: Rules, wanted: Rules): string | undefined {
  const deaf = listed.links.find(
    ({ dhcp4, dhcp6 }, i) => dhcp4 !== wanted.links[i]?.dhcp4 || dhcp6 !== wanted.links[i]?.dhcp6,
  );
  if (deaf !== undefined) return `requests for an address are heard otherwise on ${deaf.name}`;
  const isAsked = isSameSet(listed.asked4, wanted.asked4) && isSameSet(listed.asked6, wanted.asked6);
  if (!isAsked) return 'other networks are asked before they reach the gateway itself';
  const isNear = isSamePairs(listed.near4, wanted.near4) && isSamePairs(listed.near6, wanted.near6);
  return isNear ? undefined : 'others are taken for neighbours of the gateway';
}

function isSamePairs<N extends Point>(a: readonly Near<N>[], b: readonly Near<N>[]): boolean {
  const keys = new Set(b.map(nearKey));
  return a.length === b.length && a.every((pair) => keys.has(nearKey(pair)));
}

function nearKey<N extends Point>({ source, destination }: Near<N>): string {
  return [source.first, source.last, destination.first, destination.last].join(' ');
}

function quarantineDifference(listed: Rules, policy: Policy): string | undefined {
  const own4 = listed.quarantined4.map((n) => ({ first: n, last: n }));
  const own6 = listed.quarantined6.map((n) => ({ first: n, last: n }));
  const isSame = isSameSet(own4, policy.quarantined4) && isSameSet(own6, policy.quarantined6);
  return isSame ? undefined : 'other addresses are in quarantine';
}

function isSameSet<N extends Point>(a: readonly Span<N>[], b: readonly Span<N>[]): boolean {
  const [one, other] = [unite(a), unite(b)];
  return subtract(one, other).length === 0 && subtract(other, one).length === 0;
}

function sayDifference(surplus: readonly Surplus[], missing: readonly Surplus[]): string {
  const [more] = surplus;
  if (more !== undefined) return `it lets pass what the model does not: ${sayPacket(more)}`;
  const [less] = missing;
  return less === undefined ? '' : `it refuses what the model allows: ${sayPacket(less)}`;
}

function sayPacket({ packet: { from, to, protocol, port }, because }: Surplus): string {
  return `${from} to ${to} ${protocol}${port === undefined ? '' : ` ${port}`} (${because})`;
}
