/**
 * A layout made of real parts: the gateway is a namespace with a bridge for every link, each machine a namespace with a cable to its bridge. The
 * gateway has the same link-local addresses on every link for its routing, and beside them those that the layout gives it.
 */
import type { Layout, Link, Machine, OwnPlace } from './layout.ts';
import { GATEWAY_V4, GATEWAY_V6 } from './layout.ts';
import type { LabNamespace } from './namespace.ts';
import { createLabNamespace } from './namespace.ts';

const MADE_AT_ONCE = 8;

export interface LabNetwork {
  readonly gateway: LabNamespace;
  /** In the order of the layout. */
  readonly machines: readonly LabNamespace[];
  remove(): Promise<void>;
}

export async function buildNetwork(layout: Layout): Promise<LabNetwork> {
  const made: LabNamespace[] = [];
  const make = async (): Promise<LabNamespace> => {
    const namespace = await createLabNamespace();
    made.push(namespace);
    return namespace;
  };
  const remove = async (): Promise<void> => {
    await Promise.all(made.splice(0).map((namespace) => namespace.remove()));
  };
  try {
    const gateway = await make();
    await prepareGateway(gateway, layout.links, layout.own);
    const machines: LabNamespace[] = [];
    for (let i = 0; i < layout.machines.length; i += MADE_AT_ONCE) {
      const some = layout.machines.slice(i, i + MADE_AT_ONCE);
      machines.push(...(await Promise.all(some.map(make))));
      await Promise.all(some.map((machine, k) => attach(gateway, machines[i + k], machine, i + k)));
    }
    return { gateway, machines, remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

async function prepareGateway(gateway: LabNamespace, links: readonly Link[], own: readonly OwnPlace[]): Promise<void> {
  await gateway.sysctl({
    'net.ipv4.ip_forward': '1',
    'net.ipv6.conf.all.forwarding': '1',
    // Neighbours do not pass a gateway; here they share a bridge, which would otherwise ask its rules.
    'net.bridge.bridge-nf-call-iptables': '0',
    'net.bridge.bridge-nf-call-ip6tables': '0',
    // Every refusal is told, however many there are.
    'net.ipv4.icmp_ratelimit': '0',
    'net.ipv4.icmp_msgs_per_sec': '1000000',
    'net.ipv4.icmp_msgs_burst': '100000',
    'net.ipv6.icmp.ratelimit': '0',
  });
  await gateway.ip(['link set lo up', ...links.flatMap(linkLines), ...own.flatMap(ownLines)]);
}

function linkLines({ name, networks, isOutside }: Link): readonly string[] {
  const outside = isOutside ? [`route add default dev ${name}`, `route add ::/0 dev ${name}`] : [];
  return [
    `link add ${name} type bridge`,
    `addr add ${GATEWAY_V4}/32 dev ${name}`,
    `addr add ${GATEWAY_V6}/64 dev ${name} nodad`,
    `link set ${name} up`,
    ...networks.map((network) => `route add ${network} dev ${name}`),
    ...outside,
  ];
}

/** Without a network: machines are reached by the routes of their links. */
function ownLines({ address, family, link }: OwnPlace): readonly string[] {
  if (address === GATEWAY_V4) return [];
  return [family === 4 ? `addr add ${address}/32 dev ${link}` : `addr add ${address}/128 dev ${link} nodad`];
}

async function attach(
  gateway: LabNamespace,
  namespace: LabNamespace | undefined,
  { link, addresses, near }: Machine,
  n: number,
): Promise<void> {
  if (namespace === undefined) return;
  const port = `port${n}`;
  await gateway.ip([
    `link add ${port} type veth peer name eth0 netns ${namespace.name}`,
    `link set ${port} master ${link}`,
    `link set ${port} up`,
  ]);
  await namespace.ip([
    'link set lo up',
    'link set eth0 up',
    ...addresses.map((address) =>
      address.includes(':') ? `addr add ${address}/128 dev eth0 nodad` : `addr add ${address}/32 dev eth0`,
    ),
    ...near.map((network) => `route add ${network} dev eth0`),
    `route add default via ${GATEWAY_V4} dev eth0 onlink`,
    `route add ::/0 via ${GATEWAY_V6} dev eth0`,
  ]);
}
