/**
 * Machines that a network knows of, out of what its servers write down: the leases of ISC dhcpd, dnsmasq and Kea (CSV), the output of
 * `arp -an`, `arp -a` and `ip neigh`. Hostile text gives troubles with their line, never a throw.
 */
import { canonicalAddress } from '#std/address.ts';

export interface Found {
  readonly address: string;
  readonly mac?: string;
  readonly hostname?: string;
  /** From 1. */
  readonly line: number;
}

export interface Leases {
  readonly format: 'dhcpd' | 'dnsmasq' | 'kea' | 'arp' | 'neigh' | undefined;
  readonly found: readonly Found[];
  readonly troubles: readonly { readonly line: number; readonly says: string }[];
}

const LEASES_MAX = 10_000;
const TROUBLES_MAX = 50;
export const LEASE_CHARS_MAX = 8_000_000;
const LINE_CHARS_MAX = 2000;

type Read = (lines: readonly string[], page: Page) => void;

/** What was read so far; the newest word on an address counts, as in the files themselves. */
class Page {
  readonly found = new Map<string, Found>();
  readonly troubles: { readonly line: number; readonly says: string }[] = [];

  add(line: number, address: string, mac: string | undefined, hostname: string | undefined): void {
    const canonical = canonicalAddress(address);
    if (canonical === undefined || address.includes('%'))
      return this.trouble(line, `${clip(address)} is not an address.`);
    if (this.found.size >= LEASES_MAX && !this.found.has(canonical))
      return this.trouble(line, `There are more than ${LEASES_MAX} machines; the rest is left out.`);
    const [card, name] = [cardOf(mac), nameOf(hostname)];
    this.found.delete(canonical);
    this.found.set(canonical, {
      address: canonical,
      ...(card === undefined ? {} : { mac: card }),
      ...(name === undefined ? {} : { hostname: name }),
      line,
    });
  }

  trouble(line: number, says: string): void {
    if (this.troubles.length < TROUBLES_MAX) this.troubles.push({ line, says });
  }
}

function clip(text: string): string {
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}

function cardOf(text: string | undefined): string | undefined {
  const bytes = text?.toLowerCase().split(/[:-]/) ?? [];
  if (bytes.length !== 6 || !bytes.every((byte) => /^[0-9a-f]{1,2}$/.test(byte))) return undefined;
  const mac = bytes.map((byte) => byte.padStart(2, '0')).join(':');
  return mac === '00:00:00:00:00:00' || mac === 'ff:ff:ff:ff:ff:ff' ? undefined : mac;
}

function nameOf(text: string | undefined): string | undefined {
  const name = text?.replace(/^"|"$/g, '').replace(/\.$/, '');
  return name === undefined || !/^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/.test(name) ? undefined : name;
}

export function readLeases(text: string): Leases {
  if (text.length > LEASE_CHARS_MAX) {
    const says = `The file is longer than ${LEASE_CHARS_MAX} characters.`;
    return { format: undefined, found: [], troubles: [{ line: 0, says }] };
  }
  const lines = text.split(/\r?\n/).map((line) => line.slice(0, LINE_CHARS_MAX));
  const format = formatOf(lines);
  const page = new Page();
  if (format === undefined) page.trouble(0, 'This is neither a lease file nor an ARP table that is known here.');
  else READERS[format](lines, page);
  const found = [...page.found.values()].sort((a, b) => a.line - b.line);
  return { format, found, troubles: page.troubles };
}

/** By the first line that is like nothing else. */
function formatOf(lines: readonly string[]): NonNullable<Leases['format']> | undefined {
  for (const line of lines) {
    if (/^lease6?\s+\S+\s*\{/.test(line)) return 'dhcpd';
    if (line.startsWith('address,')) return 'kea';
    if (/^\d+\s+[0-9a-fA-F:]{17}\s+\S+\s+\S+/.test(line)) return 'dnsmasq';
    if (/\(([0-9.]+|[0-9a-f:]+)\)\s+at\s+/i.test(line)) return 'arp';
    if (/^\S+\s+dev\s+\S+/.test(line)) return 'neigh';
  }
  return undefined;
}

const READERS: { readonly [Format in NonNullable<Leases['format']>]: Read } = {
  dhcpd: readDhcpd,
  dnsmasq: readDnsmasq,
  kea: readKea,
  arp: readArp,
  neigh: readNeigh,
};

interface OpenLease {
  readonly address: string;
  readonly line: number;
  mac?: string;
  hostname?: string;
  isFree?: boolean;
}

function readDhcpd(lines: readonly string[], page: Page): void {
  let lease: OpenLease | undefined;
  for (const [i, raw] of lines.entries()) {
    const line = raw.trim();
    const begun = /^lease6?\s+(\S+)\s*\{/.exec(line);
    if (begun !== null) {
      if (lease !== undefined) page.trouble(lease.line, 'This lease is not closed.');
      lease = { address: begun[1] ?? '', line: i + 1 };
    } else if (lease !== undefined) {
      const done: boolean = line === '}';
      if (done && lease.isFree !== true) page.add(lease.line, lease.address, lease.mac, lease.hostname);
      if (done) lease = undefined;
      else statement(lease, line);
    }
  }
  if (lease !== undefined) page.trouble(lease.line, 'This lease is not closed.');
}

function statement(lease: OpenLease, line: string): void {
  const [, mac] = /^hardware\s+\S+\s+([0-9a-fA-F:]+);/.exec(line) ?? [];
  const [, hostname] = /^client-hostname\s+"([^"]*)";/.exec(line) ?? [];
  const [, state] = /^binding\s+state\s+(\w+);/.exec(line) ?? [];
  if (mac !== undefined) lease.mac = mac;
  if (hostname !== undefined) lease.hostname = hostname;
  if (state !== undefined) lease.isFree = state !== 'active';
}

/** Expiry, MAC, address, name, client id; `*` where a name is missing. A line `duid` begins the IPv6 leases, which have no MAC. */
function readDnsmasq(lines: readonly string[], page: Page): void {
  for (const [i, line] of lines.entries()) {
    const [expiry, mac, address, hostname] = line.trim().split(/\s+/);
    if (expiry === '' || expiry === undefined || expiry === 'duid' || expiry.startsWith('#')) continue;
    if (address === undefined || !/^\d+$/.test(expiry)) page.trouble(i + 1, 'This line is not a lease.');
    else page.add(i + 1, address, mac, hostname);
  }
}

/** Columns are found by their names; states other than 0 (default) are leases that have ended. */
function readKea(lines: readonly string[], page: Page): void {
  const head = lines.findIndex((line) => line.startsWith('address,'));
  const columns = lines[head]?.split(',') ?? [];
  const at = (name: string) => columns.indexOf(name);
  for (const [i, line] of lines.entries()) {
    if (i <= head || line.trim() === '') continue;
    const cells = line.split(',');
    const address = cells[0] ?? '';
    const isEnded = !['0', '', undefined].includes(cells[at('state')]);
    if (cells.length < columns.length)
      page.trouble(i + 1, `This line has ${cells.length} of ${columns.length} columns.`);
    else if (isEnded) page.found.delete(canonicalAddress(address) ?? address);
    else page.add(i + 1, address, cells[at('hwaddr')], cells[at('hostname')]);
  }
}

/** `host (10.0.0.1) at 00:11:… [ether] on eth0`; without an answer there is no machine. */
function readArp(lines: readonly string[], page: Page): void {
  for (const [i, line] of lines.entries()) {
    const found = /^(\S+)\s+\(([^)\s]+)\)\s+at\s+(\S+)/.exec(line.trim());
    if (found === null) {
      if (line.trim() !== '') page.trouble(i + 1, 'This line is not an entry of an ARP table.');
      continue;
    }
    const [, hostname, address = '', mac] = found;
    if (cardOf(mac) !== undefined) page.add(i + 1, address, mac, hostname === '?' ? undefined : hostname);
  }
}

/** `10.0.0.1 dev eth0 lladdr 00:11:… REACHABLE`; link-local addresses are nobody's, and failed entries are nothing. */
function readNeigh(lines: readonly string[], page: Page): void {
  for (const [i, line] of lines.entries()) {
    const words = line.trim().split(/\s+/);
    const [address = '', dev] = words;
    if (address === '') continue;
    if (dev !== 'dev') {
      page.trouble(i + 1, 'This line is not a neighbour.');
      continue;
    }
    const mac = words[words.indexOf('lladdr') + 1];
    if (words.includes('lladdr') && !/^fe[89ab]/i.test(address)) page.add(i + 1, address, mac, undefined);
  }
}
