/**
 * The fixed part of the table: the same lines whether they are loaded or listed, in the form in which nft prints them with numeric
 * protocols and priorities. Only the links and whether refusals refuse change it, so a listing that differs is not ours.
 *
 * A flow is known by its *real ends*: who began it, who answers, and on which port, as connection tracking sees them before and after
 * address translation. So one look-up serves both directions, and the ICMP errors that belong to a flow find the flow's own mark.
 */
import { assert } from '#std/assert.ts';

export const LOG_GROUP = 5;
/** Enough for IPv6 with its ports. */
const SNAP_BYTES = 128;
/** What a log line begins with, and the verdict it stands for. */
export const LOG_PREFIX = {
  deny: 'pl deny ',
  would: 'pl would ',
  spoof: 'pl spoof ',
  quarantine: 'pl quarantine ',
} as const;

/**
 * Sets stand on one of two sides. A load fills those of the other side first, which nothing asks yet, and then has the chains ask them: a filled
 * interval map becomes visible to packets only some time after the rules of its own transaction.
 */
export type Side = 'a' | 'b';

export function nameOn(side: Side, name: string): string {
  return side === 'a' ? name : `${name}_b`;
}

export function otherSide(side: Side): Side {
  return side === 'a' ? 'b' : 'a';
}

export type SetKind = 'tuple' | 'rest' | 'pointer' | 'live' | 'address' | 'link' | 'asked' | 'near' | 'heard';

export interface SetShape {
  readonly name: string;
  readonly kind: SetKind;
  readonly family: 4 | 6;
  /** Tuples and pointers: the protocol that this map is for. */
  readonly protocol?: 6 | 17;
  /** What nft prints between the braces, elements aside. */
  readonly head: readonly string[];
}

/** Pairs that are told apart; beyond them new ones are only counted until old ones are forgotten. */
export const HEARD_MAX = 8192;
const ADDRESS = { 4: 'ipv4_addr', 6: 'ipv6_addr' } as const;
const FAMILIES = [4, 6] as const;
const PROTOCOLS = [
  ['tcp', 6],
  ['udp', 17],
] as const;

export const MAPS: readonly SetShape[] = FAMILIES.flatMap((family): readonly SetShape[] => {
  const ends = `type ${ADDRESS[family]} . ${ADDRESS[family]}`;
  const ported = PROTOCOLS.flatMap(([name, protocol]): readonly SetShape[] => [
    {
      name: `path_${name}${family}`,
      kind: 'pointer',
      family,
      protocol,
      head: [`${ends} . inet_service : mark`],
    },
    {
      name: `flow_${name}${family}`,
      kind: 'tuple',
      family,
      protocol,
      head: [`${ends} . inet_service : mark`, 'flags interval'],
    },
  ]);
  const rest: SetShape = {
    name: `flow_rest${family}`,
    kind: 'rest',
    family,
    head: [`${ends} . inet_proto : mark`, 'flags interval'],
  };
  return [...ported, rest];
});

export const LIVE: SetShape = {
  name: 'live_marks',
  kind: 'live',
  family: 4,
  head: ['type mark', 'flags timeout', 'counter'],
};
export const QUARANTINED: readonly SetShape[] = FAMILIES.map((family) => ({
  name: `quarantined${family}`,
  kind: 'address',
  family,
  head: [`type ${ADDRESS[family]}`],
}));
export const ASKED: readonly SetShape[] = FAMILIES.map((family) => ({
  name: `asked${family}`,
  kind: 'asked',
  family,
  head: [`type ${ADDRESS[family]}`, 'flags interval'],
}));
export const NEAR: readonly SetShape[] = FAMILIES.map((family) => ({
  name: `near${family}`,
  kind: 'near',
  family,
  head: [`type ${ADDRESS[family]} . ${ADDRESS[family]}`, 'flags interval'],
}));
/** Pairs of addresses of which the log has told lately: each has a share of its own, so that nobody's noise hides somebody else's one packet. */
export const HEARD: readonly SetShape[] = FAMILIES.map((family) => ({
  name: `heard${family}`,
  kind: 'heard',
  family,
  head: [`type ${ADDRESS[family]} . ${ADDRESS[family]}`, `size ${HEARD_MAX}`, 'flags dynamic,timeout', 'timeout 10s'],
}));
export const COUNTERS = ['packets_refused', 'packets_quarantined', 'packets_spoofed'] as const;

export function linkShape(index: number, family: 4 | 6): SetShape {
  return {
    name: `link${index}v${family}`,
    kind: 'link',
    family,
    head: [`type ${ADDRESS[family]}`, 'flags interval'],
  };
}

/** With the names that they have on this side. */
export function shapesFor(links: number, side: Side): readonly SetShape[] {
  const forLinks = Array.from({ length: links }, (_, i) => FAMILIES.map((family) => linkShape(i, family))).flat();
  const all = [...MAPS, LIVE, ...QUARANTINED, ...ASKED, ...NEAR, ...HEARD, ...forLinks];
  return all.map((shape) => ({ ...shape, name: nameOn(side, shape.name) }));
}

export function isMap({ head }: SetShape): boolean {
  return head[0]?.includes(' : ') === true;
}

export function mapFor(kind: 'tuple' | 'pointer' | 'rest', family: 4 | 6, protocol?: number): string {
  const shape = MAPS.find((map) => map.kind === kind && map.family === family && map.protocol === protocol);
  assert(shape !== undefined, 'there is a map for this protocol');
  return shape.name;
}

export interface Chain {
  readonly name: string;
  readonly lines: readonly string[];
}

/** What of a link its lines depend on. */
export interface LinkHead {
  readonly name: string;
  readonly dhcp4?: true;
  readonly dhcp6?: true;
}

/** Chains that are jumped to come before those that jump. */
export function chains(enforce: boolean, links: readonly LinkHead[], side: Side): readonly Chain[] {
  const on = (line: string): string =>
    line.replace(/@([a-z_]+\d*(?:v\d)?)/g, (_, name: string) => `@${nameOn(side, name)}`);
  const refusing = ['meta l4proto 6 reject with tcp reset', 'reject with icmpx admin-prohibited'];
  const all: readonly Chain[] = [
    {
      name: 'on_quarantine',
      lines: [
        'counter name "packets_quarantined"',
        ...logLines(LOG_PREFIX.quarantine),
        'meta l4proto 6 reject with tcp reset',
        'drop',
      ],
    },
    {
      name: 'on_spoof',
      lines: ['counter name "packets_spoofed"', ...logLines(LOG_PREFIX.spoof), enforce ? 'drop' : 'return'],
    },
    {
      name: 'on_refuse',
      lines: [
        'counter name "packets_refused"',
        ...logLines(enforce ? LOG_PREFIX.deny : LOG_PREFIX.would),
        ...(enforce ? refusing : ['accept']),
      ],
    },
    // Of no counter: what everybody says to everybody is told to nobody, and what is counted and not told is refused unheard.
    { name: 'on_crowd', lines: [enforce ? 'drop' : 'accept'] },
    {
      name: 'ask_model',
      lines: [
        'ct state invalid jump on_refuse',
        ...links.flatMap(linkLines),
        'ct state related meta l4proto { 1, 58 } ct mark @live_marks accept',
        'ct state related meta l4proto { 1, 58 } jump on_refuse',
        ...MAPS.map(askLine),
      ],
    },
    {
      name: 'ask_own',
      lines: [
        'jump ask_model',
        'ip saddr . ip daddr @near4 accept',
        'ip6 saddr . ip6 daddr @near6 accept',
        'fib daddr type { broadcast, multicast } jump on_crowd',
        'jump on_refuse',
      ],
    },
    {
      name: 'come_in',
      lines: [
        'type filter hook prerouting priority -300; policy accept;',
        ...quarantineLines(['saddr', 'daddr'], 'jump on_quarantine'),
      ],
    },
    {
      name: 'go_out',
      lines: ['type filter hook output priority -300; policy accept;', ...quarantineLines(['daddr'], 'drop')],
    },
    {
      name: 'go_through',
      lines: [
        `type filter hook forward priority 0; policy ${enforce ? 'drop' : 'accept'};`,
        'jump ask_model',
        'jump on_refuse',
      ],
    },
    {
      name: 'come_to',
      lines: [
        'type filter hook input priority 0; policy accept;',
        ...NEEDED,
        ...links.flatMap(dhcpLines),
        ...ownLines(links),
      ],
    },
  ];
  return all.map(({ name, lines }) => ({ name, lines: lines.map(on) }));
}

function logLines(prefix: string): readonly string[] {
  const all = 'limit rate 1000/second burst 2000 packets'; // what whoever listens can take
  return FAMILIES.map((family) => {
    const ip = family === 4 ? 'ip' : 'ip6';
    const each = `update @heard${family} { ${ip} saddr . ${ip} daddr limit rate 10/second burst 20 packets }`;
    return `${each} ${all} log prefix "${prefix}" group ${LOG_GROUP} snaplen ${SNAP_BYTES}`;
  });
}

function quarantineLines(sides: readonly string[], then: string): readonly string[] {
  return FAMILIES.flatMap((family) =>
    sides.map((side) => `${family === 4 ? 'ip' : 'ip6'} ${side} @quarantined${family} ${then}`),
  );
}

const MEMBERSHIP = 'mld-listener-query, mld-listener-report, mld-listener-done';
const DISCOVERY = 'nd-router-solicit, nd-router-advert, nd-neighbor-solicit, nd-neighbor-advert';
/**
 * What a machine needs to be reached and to work at all: itself, answers to what it began (told of by connection tracking, errors about it
 * included), neighbour discovery and multicast membership (RFC 4861, RFC 3810), and the answer to its own request for an address (RFC 8415).
 */
const NEEDED: readonly string[] = [
  'iifname "lo" accept',
  'ct direction reply accept',
  `icmpv6 type { ${MEMBERSHIP}, ${DISCOVERY}, mld2-listener-report } accept`,
  'ip6 saddr fe80::/10 udp dport 546 accept',
];

/** Requests for an address have no source yet, or one of the link's own, and go to everybody. */
function dhcpLines({ name, dhcp4, dhcp6 }: LinkHead): readonly string[] {
  return [
    ...(dhcp4 === true ? [`iifname "${name}" ip saddr 0.0.0.0 ip daddr 255.255.255.255 udp dport 67 accept`] : []),
    ...(dhcp6 === true ? [`iifname "${name}" ip6 saddr fe80::/10 udp dport 547 accept`] : []),
  ];
}

/** Whatever has to do with a network of the model: it came by that network's link, from it, or to it by whatever link. */
function ownLines(links: readonly LinkHead[]): readonly string[] {
  return [
    ...links.map(({ name }) => `iifname "${name}" jump ask_own`),
    ...FAMILIES.flatMap((family) =>
      ['saddr', 'daddr'].map((end) => `${family === 4 ? 'ip' : 'ip6'} ${end} @asked${family} jump ask_own`),
    ),
  ];
}

/** What comes in by a link has an address of that link's zones, and such an address comes in by no other. */
function linkLines({ name }: LinkHead, index: number): readonly string[] {
  return FAMILIES.flatMap((family) => {
    const source = `${family === 4 ? 'ip' : 'ip6'} saddr`;
    const set = `@link${index}v${family}`;
    return [
      `iifname "${name}" ${source} != ${set} jump on_spoof`,
      `iifname != "${name}" ${source} ${set} jump on_spoof`,
    ];
  });
}

function askLine({ name, kind, family, protocol }: SetShape): string {
  const ip = family === 4 ? 'ip' : 'ip6';
  const ends = `ct original ${ip} saddr . ct reply ${ip} saddr`;
  const [guard, key] =
    kind === 'rest' ? ['', `${ends} . meta l4proto`] : [`meta l4proto ${protocol} `, `${ends} . ct reply proto-src`];
  return `${guard}ct mark set ${key} map @${name} ct mark @live_marks accept`;
}
