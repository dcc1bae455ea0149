/** What the packet filter should hold for a state: the model's policy, and the rules compiled from it. */
import { createHash } from 'node:crypto';
import type { Deadlines } from './deadlines.ts';
import type { MarkBook } from './mark-book.ts';
import type { State } from '#model/state.ts';
import { addressPlan, zoneSet } from '#plan/network/address-plan.ts';
import { uniteAll } from '#plan/network/address-set.ts';
import { boxesFrom, compilePolicy, quarantinedSet } from '#plan/network/compile-policy.ts';
import { compileRules } from '#plan/network/nft/compile-rules.ts';
import { renderRules } from '#plan/network/nft/render-rules.ts';
import type { Elements } from '#plan/network/nft/elements.ts';
import type { Link, Near, Piece, Rules } from '#plan/network/nft/rules.ts';
import type { Wanted } from '#plan/network/nft/prove-loaded.ts';
import { dhcpOf, ownAddresses } from '#plan/network/own-addresses.ts';
import type { Policy, Span } from '#plan/network/policy.ts';
import { pathRules } from '#plan/network/rule.ts';
import type { Point } from '#plan/network/span-set.ts';
import { unite } from '#plan/network/span-set.ts';

export function wantedRules(state: State, marks: MarkBook, deadlines: Deadlines, at: number): Wanted {
  const policy = deadlines.applied(compilePolicy(state, at));
  for (const { because } of [...policy.v4, ...policy.v6]) marks.markOf(because);
  const enforce = state.network.mode === 'enforce';
  const { rules } = compileRules(policy, {
    enforce,
    links: linksOf(state, policy),
    own: ownAddresses(state),
    marks: marks.marks(),
  });
  return { policy, rules };
}

/** Paths and quarantine alone: they can be wanted, and levelled, while the flows beside them cannot be compiled or loaded. */
export function wantedElements(state: State, marks: MarkBook, deadlines: Deadlines, at: number): Elements {
  const { v4: quarantined4, v6: quarantined6 } = quarantinedSet(state);
  const policy = deadlines.applied({ ...boxesFrom(pathRules(state), at), quarantined4, quarantined6 });
  for (const { because } of [...policy.v4, ...policy.v6]) marks.markOf(because);
  return compileRules(policy, { enforce: true, links: [], marks: marks.marks() }).rules;
}

/** What of rules is paths and quarantine. */
export function elementsOf({ grants, pointers4, pointers6, quarantined4, quarantined6 }: Rules): Elements {
  return { grants: grants.filter(({ id }) => PATH_GRANT.test(id)), pointers4, pointers6, quarantined4, quarantined6 };
}

/** Zones that name a link, together where several name the same one. */
function linksOf({ zones }: State, policy: Policy): readonly Link[] {
  const plan = addressPlan(zones);
  const named = [...zones.values()].flatMap(({ id, link }) => (link === undefined ? [] : [{ id, link }]));
  return [...Map.groupBy(named, ({ link }) => link)]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, own]) => {
      const sets = own.map(({ id }) => zoneSet(plan, id));
      const set = uniteAll(sets);
      return { name, ...set, ...dhcpOf(policy, set) };
    });
}

const PATH_GRANT = /^pth_/;

/**
 * The part that a person decides: flows, exposures, links, and whether refusals refuse. The same for the same decisions, whatever paths are open,
 * whoever is in quarantine, and however much time is left.
 */
export function standingHash(rules: Rules): string {
  const grants = rules.grants.filter(({ id }) => !PATH_GRANT.test(id)).map(({ mark, id }) => ({ mark, id }));
  const standing: Rules = {
    ...rules,
    links: rules.links.map((link) => ({ ...link, v4: unite(link.v4), v6: unite(link.v6) })),
    asked4: unite(rules.asked4),
    asked6: unite(rules.asked6),
    near4: sortedNear(rules.near4),
    near6: sortedNear(rules.near6),
    standing4: sorted(rules.standing4),
    standing6: sorted(rules.standing6),
    grants: [...grants].sort((a, b) => a.mark - b.mark),
    pointers4: [],
    pointers6: [],
    quarantined4: [],
    quarantined6: [],
  };
  return createHash('sha256').update(renderRules(standing, 0)).digest('hex');
}

/** A listing has them in the kernel's order. */
function sorted<N extends Point>(pieces: readonly Piece<N>[]): readonly Piece<N>[] {
  const keyed = pieces.map((piece) => ({ piece, key: keyOf(piece) }));
  return keyed.sort((a, b) => (a.key < b.key ? -1 : 1)).map(({ piece }) => piece);
}

function sortedNear<N extends Point>(pairs: readonly Near<N>[]): readonly Near<N>[] {
  return [...pairs].sort((a, b) =>
    a.source.first < b.source.first || (a.source.first === b.source.first && a.destination.first < b.destination.first)
      ? -1
      : 1,
  );
}

function keyOf<N extends Point>({ source, destination, protocol, port, mark }: Piece<N>): string {
  const spans = [source, destination, protocol, port] as readonly Span<number | bigint>[]; // to be written, whatever they count
  return `${spans.map(({ first, last }) => `${first}-${last}`).join(' ')} ${mark}`;
}
