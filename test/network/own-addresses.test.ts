/**
 * Real packets to the gateway itself: its own addresses are reached where the policy says so, over whatever link; what no host stands for is reached
 * by nobody; and it goes on working, with neighbour discovery, answers to what it began, and requests for an address where a flow lets them be.
 */
import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { after, before, test } from 'node:test';
import { drawRules } from './drawn-rules.ts';
import { guard } from './guarded.ts';
import type { Guarded } from './guarded.ts';
import { actIn, createLab } from './lab.ts';
import type { Acting, Lab, LabHost } from './lab.ts';
import { listTable, withoutNamespaces } from './namespaces.ts';
import { addressesSet, addressSet } from '#plan/network/address-set.ts';
import { parseRules } from '#plan/network/nft/parse-rules.ts';
import { renderRules } from '#plan/network/nft/render-rules.ts';
import type { Link } from '#plan/network/nft/rules.ts';
import type { OwnAddresses } from '#plan/network/own-addresses.ts';
import { assert as ensure } from '#std/assert.ts';

const skip = withoutNamespaces();
const [PORTAL, ADMIN] = [443, 22];
let lab: Lab | undefined;
let guarded: Guarded | undefined;
let gateway: Acting | undefined;

before(async () => {
  if (skip !== false) return;
  lab = await createLab(3);
  guarded = await guard(lab.router);
  gateway = await actIn(lab.router);
  for (const port of [PORTAL, ADMIN]) await gateway.serve(port);
  await lab.hosts[1]?.serve(PORTAL);
});
after(async () => {
  await gateway?.close();
  await guarded?.close();
  await lab?.remove();
});

function world() {
  const [a, b, c] = lab?.hosts ?? [];
  ensure(a !== undefined && b !== undefined && c !== undefined && lab !== undefined, 'the lab stands');
  ensure(guarded !== undefined && gateway !== undefined, 'and its gateway');
  return { a, b, c, router: lab.router, warden: guarded.warden, gateway };
}

/** The zones of all hosts; of the gateway's addresses one stands for a host, in the second zone. */
const OWN: OwnAddresses = {
  asked: addressesSet(['10.77.0.0/16', 'fd77::/16', '169.254.0.0/16', 'fe80::/10']),
  near4: [{ source: first4('10.77.2.0/24'), destination: first4('10.77.2.1') }],
  near6: [{ source: first6('fd77:2::/64'), destination: first6('fd77:2::1') }],
};
const FLOWS = [`flw_a 10.77.1.0/24 -> 10.77.2.1 tcp ${PORTAL}`, `flw_b fd77:1::/64 -> fd77:2::1 tcp ${PORTAL}`];

function first4(cidr: string) {
  const [span] = addressSet(cidr).v4;
  ensure(span !== undefined, 'drawn');
  return span;
}

function first6(cidr: string) {
  const [span] = addressSet(cidr).v6;
  ensure(span !== undefined, 'drawn');
  return span;
}

async function load(options: Parameters<typeof drawRules>[2] = {}, lines: readonly string[] = FLOWS): Promise<void> {
  const at = Date.now();
  const { rules } = drawRules(at, lines, { own: OWN, ...options });
  await world().warden.load(renderRules(rules, at), {});
}

async function outcomes(from: LabHost, port: number, ...to: readonly string[]): Promise<readonly string[]> {
  return Promise.all(to.map((address) => from.tryOpen(address, port, 2000)));
}

/** Its own address of each link, asked over the host's own link and over another's. */
const OWN_V4 = ['10.77.1.1', '10.77.2.1', '10.77.3.1'];
const OWN_V6 = ['fd77:1::1', 'fd77:2::1', 'fd77:3::1'];
const REFUSED = 'ECONNREFUSED';

test('the gateway is reached where a flow says so, and by nobody else over any link', { skip }, async () => {
  const { a, b, c } = world();
  await load({ enforce: false });
  assert.deepEqual(await outcomes(c, ADMIN, ...OWN_V4, ...OWN_V6), Array(6).fill('open'), 'observing refuses nothing');
  await load();
  assert.deepEqual(await outcomes(a, PORTAL, ...OWN_V4), [REFUSED, 'open', REFUSED]);
  assert.deepEqual(await outcomes(a, PORTAL, ...OWN_V6), [REFUSED, 'open', REFUSED]);
  assert.deepEqual(await outcomes(a, ADMIN, ...OWN_V4, ...OWN_V6), Array(6).fill(REFUSED));
  assert.deepEqual(await outcomes(c, PORTAL, ...OWN_V4, ...OWN_V6), Array(6).fill(REFUSED));
  assert.deepEqual(
    await outcomes(b, ADMIN, ...OWN_V4, ...OWN_V6),
    [REFUSED, 'open', REFUSED, REFUSED, 'open', REFUSED],
    'to the machines of its own zone it is a neighbour',
  );
  for (const address of ['10.77.2.1', 'fd77:2::1']) assert.notEqual(await c.tryDatagram(address, PORTAL, 10), 'open');
});

test('no address of the link itself leads around it, and neighbour discovery goes on', { skip }, async () => {
  const { a, c, router } = world();
  const linkLocal = /inet6 (fe80::[0-9a-f:]+)/.exec(router.run('ip', '-6', 'addr', 'show', 'dev', c.link))?.[1];
  ensure(linkLocal !== undefined, 'every link has one');
  await load({ enforce: false });
  assert.equal(await c.tryOpen(`${linkLocal}%eth0`, ADMIN, 2000), 'open');
  await load();
  assert.notEqual(await c.tryOpen(`${linkLocal}%eth0`, ADMIN, 700), 'open');
  await load({ links: linksOf(world()) });
  assert.notEqual(await c.tryOpen(`${linkLocal}%eth0`, ADMIN, 700), 'open', 'nor with its link named');
  for (const [at, device] of [
    [a.namespace, 'eth0'],
    [router, a.link],
  ] as const)
    at.run('ip', '-6', 'neigh', 'flush', 'dev', device);
  assert.deepEqual(await outcomes(a, PORTAL, 'fd77:2::1'), ['open']);
});

test('what the gateway began is answered; a flow that ends is over for what is open too', { skip }, async () => {
  const { a, b, warden } = world();
  await load({}, []);
  assert.deepEqual(await Promise.all([world().gateway.tryOpen(b.v4, PORTAL), world().gateway.tryOpen(b.v6, PORTAL)]), [
    'open',
    'open',
  ]);
  assert.equal(await world().gateway.tryDatagram(b.v4, PORTAL, 10, 2000), 'open');
  await load();
  const stream = await a.stream('10.77.2.1', PORTAL);
  const at = Date.now();
  await warden.load(renderRules(drawRules(at, [], { own: OWN }).rules, at), {});
  assert.equal((await stream.ended).error, 'ECONNRESET');
});

test(
  'a live path leads to the gateway itself for its life, and quarantine stands before everything',
  { skip },
  async () => {
    const { a, b } = world();
    await load({}, [`pth_a 10.77.1.2 -> 10.77.2.1 tcp ${ADMIN} 60000`]);
    assert.deepEqual(await outcomes(a, ADMIN, '10.77.2.1', '10.77.1.1'), ['open', REFUSED]);
    await load({ quarantined: [b.v4] });
    assert.equal(await b.tryOpen('10.77.2.1', ADMIN), 'timeout');
  },
);

test('a false source does not reach it', { skip }, async () => {
  const { a, c } = world();
  await load({ links: linksOf(world()) });
  c.namespace.run('ip', 'addr', 'add', `${a.v4}/32`, 'dev', 'lo');
  c.namespace.run('ip', 'route', 'add', '10.77.2.1/32', 'via', '10.77.3.1', 'src', a.v4);
  assert.notEqual(await c.tryOpen('10.77.2.1', PORTAL), 'open');
  c.namespace.run('ip', 'route', 'del', '10.77.2.1/32');
  c.namespace.run('ip', 'addr', 'del', `${a.v4}/32`, 'dev', 'lo');
  assert.equal(await a.tryOpen('10.77.2.1', PORTAL, 2000), 'open');
});

function linksOf({ a, b, c }: ReturnType<typeof world>): readonly Link[] {
  return [a, b, c].map(({ link }, k) => ({
    name: link,
    v4: addressSet(`10.77.${k + 1}.0/24`).v4,
    v6: addressSet(`fd77:${k + 1}::/64`).v6,
  }));
}

const LISTEN = `
const [family, port, group, link] = process.argv.slice(1);
const socket = require('node:dgram').createSocket({ type: family, reuseAddr: true });
socket.on('message', (bytes) => console.log(String(bytes)));
socket.bind(Number(port), () => {
  if (group) socket.addMembership(group, '::%' + link);
  console.log('ready');
});`;
const CALL = `
const [family, port, to, what] = process.argv.slice(1);
const socket = require('node:dgram').createSocket(family);
socket.bind(() => {
  if (family === 'udp4') socket.setBroadcast(true);
  socket.send(what, Number(port), to, (error) => process.exit(error ? 1 : 0));
});`;

/** Everything that it says; resolves when it has said this. */
function hearing(child: ChildProcess): { until(text: string): Promise<string> } {
  ensure(child.stdout !== null, 'it was started with a pipe');
  const { stdout } = child;
  let said = '';
  stdout.on('data', (bytes: Buffer) => (said += String(bytes)));
  return {
    async until(text) {
      while (!said.includes(text)) await once(stdout, 'data');
      return said;
    },
  };
}

test(
  'requests for an address are heard on the links whose machines may use DHCP, and nothing else is',
  { skip },
  async () => {
    const { c, router } = world();
    const links = linksOf(world());
    const open = links.map((link) =>
      link.name === c.link ? { ...link, dhcp4: true as const, dhcp6: true as const } : link,
    );
    c.namespace.run('ip', 'addr', 'flush', 'dev', 'eth0', 'scope', 'global');
    c.namespace.run('ip', 'route', 'add', '255.255.255.255/32', 'dev', 'eth0');
    for (const [family, port, to] of [
      ['udp4', '67', '255.255.255.255'],
      ['udp6', '547', 'ff02::1:2'],
    ] as const) {
      const [group, target] = family === 'udp4' ? [[], to] : [[to, c.link], `${to}%eth0`];
      const listener = router.start(process.execPath, '-e', LISTEN, family, port, ...group);
      const heard = hearing(listener);
      await heard.until('ready');
      const call = (what: string) => c.namespace.run(process.execPath, '-e', CALL, family, port, target, what);
      await load({ links });
      call('early');
      await load({ links: open });
      call('other');
      assert.equal(await heard.until('other'), 'ready\nother\n');
      listener.kill('SIGKILL');
      const parsed = parseRules(listTable(router), 0);
      ensure(parsed.kind === 'rules', 'the listing is ours');
      const flags = ({ dhcp4, dhcp6 }: Link) => [dhcp4, dhcp6];
      assert.deepEqual(parsed.rules.links.map(flags), open.map(flags));
    }
  },
);
