/**
 * What found machines probably are, as hosts of a facility file to be sorted into zones: guessed by their names, and by who made their network
 * card (the first three bytes of a MAC are registered with the IEEE). A guess is a proposal; nobody is put anywhere by it.
 */
import type { FileHost } from '#model/facility-file.ts';
import type { HostRole } from '#model/network-shapes.ts';
import type { Found } from '#plan/guided-start/read-leases.ts';

export interface Guess {
  readonly role: HostRole;
  /** What the guess rests on. */
  readonly because: string;
}

/** Words in host names, nearest first. */
const BY_NAME: readonly (readonly [RegExp, HostRole])[] = [
  [/nas|san|storage|nexis|isilon|qumulo|quantum|stornext|filer/, 'storage'],
  [/vault|backup|restic|lto|tape/, 'vault'],
  [/render[-_]?(manager|mgr|queue)|deadline|tractor/, 'render-manager'],
  [/render|node\d|blade|farm/, 'render-node'],
  [/broker|teradici|pcoip|hp-?anyware/, 'broker'],
  [/bastion|jump/, 'bastion'],
  [/aspera|signiant|masv|transfer|sftp|ftp/, 'transfer'],
  [/ingest|drives?|offload|mhl|data-?io/, 'drive-station'],
  [/portal|www|proxy|web/, 'portal'],
  [/^(fw|gw)|firewall|gateway|opnsense|pfsense|fortigate|router/, 'firewall'],
  [/switch|^sw[-_]?\d|core-?sw/, 'switch'],
  [/esx|proxmox|hyperv|hypervisor|vmhost/, 'hypervisor'],
  [/^dc\d|ldap|ldaps|domain|directory|freeipa|^ad[-_]?\d|identity/, 'identity'],
  [/log|syslog|splunk|graylog/, 'logging'],
  [/ntp|ptp|time|sync|grandmaster/, 'time'],
  [/licen[cs]e|lic\d|rlm|flexlm/, 'licence'],
  [/mirror|wsus|patch|update/, 'mirror'],
  [/cam(era)?[-_]?\d|nvr|cctv|axis/, 'camera'],
  [/print|mfp|laserjet/, 'printer'],
  [
    /edit|grade|suite|colou?r|resolve|avid|flame|vfx|mix|protools|seat|ws[-_]?\d|mac-?pro|imac|mac-?studio|workstation/,
    'workstation',
  ],
];

/** Registered prefixes of makers whose machines are nearly always one thing. */
const BY_MAKER: Readonly<Record<string, readonly [HostRole, string]>> = {
  '00:11:32': ['storage', 'Synology'],
  '00:08:9b': ['storage', 'QNAP'],
  '24:5e:be': ['storage', 'QNAP'],
  '00:a0:98': ['storage', 'NetApp'],
  '00:40:8c': ['camera', 'Axis'],
  'ac:cc:8e': ['camera', 'Axis'],
  '00:1b:17': ['firewall', 'Palo Alto Networks'],
  '00:09:0f': ['firewall', 'Fortinet'],
  '00:1c:73': ['switch', 'Arista'],
  '00:00:0c': ['switch', 'Cisco'],
  '24:5a:4c': ['switch', 'Ubiquiti'],
  '00:50:56': ['server', 'VMware'],
  '00:0c:29': ['server', 'VMware'],
  '00:15:5d': ['server', 'Microsoft Hyper-V'],
  '00:25:90': ['server', 'Supermicro'],
  'ac:1f:6b': ['server', 'Supermicro'],
  '00:80:77': ['printer', 'Brother'],
  '00:00:48': ['printer', 'Epson'],
  '7c:2e:0d': ['workstation', 'Blackmagic Design'],
  '00:1b:63': ['workstation', 'Apple'],
  '3c:07:54': ['workstation', 'Apple'],
  'a8:20:66': ['workstation', 'Apple'],
};

export function guess({ hostname, mac }: Pick<Found, 'hostname' | 'mac'>): Guess {
  const name = hostname?.toLowerCase();
  const byName = name === undefined ? undefined : BY_NAME.find(([words]) => words.test(name));
  if (byName !== undefined) return { role: byName[1], because: `its name, ${hostname}` };
  const maker = mac === undefined ? undefined : BY_MAKER[mac.slice(0, 8)];
  return maker === undefined
    ? { role: 'other', because: 'nothing that is known here' }
    : { role: maker[0], because: `its network card, made by ${maker[1]}` };
}

/** One host for each machine: addresses of one network card belong together. Names are made unique; what has none is called by its address. */
export function propose(found: readonly Found[], zone: string): Record<string, FileHost> {
  const machines = Map.groupBy(found, ({ mac, address }) => mac ?? address);
  const hosts = new Map<string, FileHost>();
  for (const seen of machines.values()) {
    const [first] = seen;
    if (first === undefined) continue;
    const hostname = seen.find((one) => one.hostname !== undefined)?.hostname;
    const { role, because } = guess({ ...first, ...(hostname === undefined ? {} : { hostname }) });
    const name = free(hosts, hostname?.split('.')[0] ?? `host-${first.address.replaceAll(/[.:]+/g, '-')}`);
    hosts.set(name, {
      zone,
      addresses: seen.map(({ address }) => address).slice(0, ADDRESSES_MAX),
      role,
      purpose: `Found on the network; guessed by ${because}`,
      ...(first.mac === undefined ? {} : { macs: [first.mac] }),
    });
  }
  return Object.fromEntries(hosts);
}

/** As many as a host can have. */
const ADDRESSES_MAX = 16;

function free(taken: ReadonlyMap<string, unknown>, name: string): string {
  for (let n = 1; ; n += 1) {
    const candidate = n === 1 ? name : `${name}-${n}`;
    if (!taken.has(candidate)) return candidate;
  }
}
