/** What the kernel has seen by itself: neighbours on its links, and flows under way. */
import type { Programs } from './programs.ts';
import type { Neighbour, PacketCounts, SeenFlow } from '#ports/warden.ts';
import { COUNTERS } from '#plan/network/nft/chains.ts';
import { MARK_MAX, TABLE } from '#plan/network/nft/rules.ts';
import { canonicalAddress } from '#std/address.ts';
import { Fault } from '#std/refused.ts';

const NEIGHBOURS_MAX = 10_000;
const FLOWS_MAX = 20_000;
const IDS_MAX = 1000;

interface IpNeighbour {
  readonly dst?: unknown;
  readonly dev?: unknown;
  readonly lladdr?: unknown;
  readonly state?: unknown;
}

/** Only those that have answered; link-local addresses are nobody's name. */
export async function readNeighbours(programs: Programs): Promise<readonly Neighbour[]> {
  const listed: unknown = JSON.parse((await programs.run('ip', ['-json', 'neigh', 'show'])) || '[]');
  if (!Array.isArray(listed)) return [];
  return (listed as readonly IpNeighbour[]).slice(0, NEIGHBOURS_MAX).flatMap((row) => neighbourOf(row)); // each is checked
}

function neighbourOf({ dst, dev, lladdr, state }: IpNeighbour): readonly Neighbour[] {
  const address = typeof dst === 'string' ? canonicalAddress(dst) : undefined;
  if (address === undefined || typeof dev !== 'string' || typeof lladdr !== 'string') return [];
  if (address.startsWith('fe80:') || (Array.isArray(state) && state.includes('FAILED'))) return [];
  return [{ address, mac: lladdr.toLowerCase(), link: dev }];
}

/** Each flow once, by the end that began it and the real end that answers; those that this machine began are left out. */
export async function readFlows(programs: Programs): Promise<readonly SeenFlow[]> {
  const own = await readOwn(programs);
  const lists = await Promise.all(
    ['ipv4', 'ipv6'].map((family) => programs.run('conntrack', ['-L', '-f', family, '-o', 'id'])),
  );
  return together(lists.flatMap((text) => text.split('\n')).map(readFlow), (from) => own.has(from));
}

/** Exported for its test. */
export function together(
  connections: readonly (Connection | undefined)[],
  isOwn: (from: string) => boolean,
): readonly SeenFlow[] {
  const flows = new Map<string, Omit<SeenFlow, 'ids'> & { readonly ids: string[] }>();
  for (const one of connections) {
    if (one === undefined || isOwn(one.from)) continue;
    const { id, ...flow } = one;
    const key = `${flow.from} ${flow.to} ${flow.protocol} ${flow.port} ${flow.isMarked}`;
    const known = flows.get(key);
    if (known === undefined && flows.size < FLOWS_MAX) flows.set(key, { ...flow, ids: [id] });
    else if (known !== undefined && known.ids.length < IDS_MAX) known.ids.push(id);
  }
  return [...flows.values()];
}

/** What the rules have counted; `undefined` when they are not there. */
export async function readCounts(programs: Programs): Promise<PacketCounts | undefined> {
  const text = await programs.run('nft', ['list', 'counters', 'table', 'inet', TABLE]).catch((error: unknown) => {
    if (error instanceof Fault && error.message.includes('No such file or directory')) return '';
    throw error;
  });
  const [refused, quarantined, spoofed] = COUNTERS.map((name) => {
    const packets = new RegExp(`counter ${name} \\{\\s+packets (\\d+) `).exec(text)?.[1];
    return packets === undefined ? undefined : Number(packets);
  });
  return refused === undefined || quarantined === undefined || spoofed === undefined
    ? undefined
    : { refused, quarantined, spoofed };
}

async function readOwn(programs: Programs): Promise<ReadonlySet<string>> {
  const listed: unknown = JSON.parse((await programs.run('ip', ['-json', 'addr', 'show'])) || '[]');
  const links = (Array.isArray(listed) ? listed : []) as readonly { readonly addr_info?: unknown }[]; // each is checked
  const texts = links.flatMap(({ addr_info: some }) =>
    Array.isArray(some) ? (some as readonly { local?: unknown }[]) : [],
  );
  return new Set(texts.flatMap(({ local }) => (typeof local === 'string' ? (canonicalAddress(local) ?? []) : [])));
}

type Connection = Omit<SeenFlow, 'ids'> & { readonly id: string };

/** `tcp 6 300 ESTABLISHED src=A dst=B sport=1 dport=2 src=C dst=D sport=3 dport=4 …`: the second `src` and `sport` are who really answers. */
function readFlow(line: string): Connection | undefined {
  const [, name, number] = /^([a-z0-9-]+) +(\d+) /.exec(line) ?? [];
  const protocol = name === 'unknown' ? `ip-proto-${number}` : name;
  const sources = [...line.matchAll(/ src=(\S+)/g)].map((match) => canonicalAddress(match[1] ?? ''));
  const ports = [...line.matchAll(/ sport=(\d+)/g)].map((match) => Number(match[1]));
  const [from, to] = sources;
  if (protocol === undefined || from === undefined || to === undefined || line.includes('[UNREPLIED]'))
    return undefined;
  const [, port] = ports;
  const isMarked = (Number(/ mark=(\d+)/.exec(line)?.[1] ?? 0) & MARK_MAX) !== 0;
  const id = / id=(\d+)\s*$/.exec(line)?.[1] ?? '';
  return { id, isMarked, from, to, protocol, ...(port === undefined ? {} : { port }) };
}
