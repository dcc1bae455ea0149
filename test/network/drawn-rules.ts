/** Policies drawn as lines for tests with real packets: `pth_a 10.77.1.2 -> 10.77.2.2 tcp 5900 2000` lives 2 s. Nothing after the port lives on. */
import { TIME_MAX } from '#model/limits.ts';
import { addressSet } from '#plan/network/address-set.ts';
import type { Marks } from '#plan/network/nft/marks.ts';
import { NO_MARKS } from '#plan/network/nft/marks.ts';
import type { RulesOptions } from '#plan/network/nft/compile-rules.ts';
import { compileRules } from '#plan/network/nft/compile-rules.ts';
import type { Rules } from '#plan/network/nft/rules.ts';
import { NOBODY } from '#plan/network/own-addresses.ts';
import type { Box4, Box6, Policy, Span } from '#plan/network/policy.ts';
import { DENY_ALL } from '#plan/network/policy.ts';

const PROTOCOLS: Readonly<Record<string, number>> = { tcp: 6, udp: 17, icmp: 1 };

export function drawPolicy(at: number, lines: readonly string[], quarantined: readonly string[] = []): Policy {
  const v4: Box4[] = [];
  const v6: Box6[] = [];
  for (const line of lines) {
    const [because = '', from = '', , to = '', protocol = '', port = '', ttl] = line.split(' ');
    const [a, b] = [addressSet(from), addressSet(to)];
    const numbers = {
      protocol: only(PROTOCOLS[protocol] ?? 0),
      port: port === '*' ? { first: 0, last: 65_535 } : only(Number(port)),
    };
    const time = { first: at, last: ttl === undefined ? TIME_MAX : at + Number(ttl) - 1 };
    for (const source of a.v4)
      for (const destination of b.v4) v4.push({ source, destination, ...numbers, time, because });
    for (const source of a.v6)
      for (const destination of b.v6) v6.push({ source, destination, ...numbers, time, because });
  }
  const held = quarantined.map(addressSet);
  return {
    ...DENY_ALL,
    v4,
    v6,
    quarantined4: held.flatMap((set) => set.v4),
    quarantined6: held.flatMap((set) => set.v6),
  };
}

interface DrawOptions extends Partial<Pick<RulesOptions, 'enforce' | 'marks' | 'links' | 'own'>> {
  readonly quarantined?: readonly string[];
}

export function drawRules(
  at: number,
  lines: readonly string[],
  options: DrawOptions = {},
): { readonly policy: Policy; readonly rules: Rules; readonly marks: Marks } {
  const { quarantined = [], enforce = true, marks = NO_MARKS, links = [], own = NOBODY } = options;
  const policy = drawPolicy(at, lines, quarantined);
  return { policy, ...compileRules(policy, { enforce, links, own, marks }) };
}

function only(n: number): Span {
  return { first: n, last: n };
}
