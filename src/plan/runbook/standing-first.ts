/**
 * What has to stand before a project that came back is of any use, each after what it depends on: out of the hosts that the facility has declared.
 * Machines that Picturelock does not keep come back from their own media; the page says which, where they stood, and in which order.
 */
import type { RunbookSection } from './runbook.ts';
import type { HostRole } from '#model/network-shapes.ts';
import type { Host, State } from '#model/state.ts';

interface Rank {
  readonly what: string;
  readonly roles: readonly HostRole[];
  /** What it needs, and what needs it. */
  readonly why: string;
}

const ORDER: readonly Rank[] = [
  {
    what: 'Network',
    roles: ['switch', 'firewall'],
    why: 'everything else; the model of the network comes back with the ledger, and the gateway loads its rules from it',
  },
  { what: 'Time', roles: ['time'], why: 'certificates, sign-ins, locks and the ledger go by it' },
  {
    what: 'Identity',
    roles: ['identity'],
    why: 'workstations sign people in by it; Picturelock’s own sign-in comes back with the ledger',
  },
  { what: 'Where machines run', roles: ['hypervisor', 'server'], why: 'what is virtual runs there' },
  { what: 'Storage', roles: ['storage'], why: 'projects are restored onto it; mount it before the first restore' },
  { what: 'Logging', roles: ['logging'], why: 'what happens from now on has to be seen' },
  {
    what: 'Licences and updates',
    roles: ['licence', 'mirror'],
    why: 'edit and colour do not start without their licences; ask the makers for new ones when the machine is another',
  },
  {
    what: 'Ways in',
    roles: ['bastion', 'portal', 'broker', 'transfer', 'drive-station'],
    why: 'people and deliveries come through them',
  },
  { what: 'Render', roles: ['render-manager', 'render-node'], why: 'after storage and licences' },
  {
    what: 'Seats',
    roles: ['workstation'],
    why: 'last: each set up anew after an attack, none trusted because it still runs',
  },
];
/** Of more, the others are counted. */
const NAMED_MAX = 12;

export function standingFirst(state: State): RunbookSection {
  const hosts = [...state.hosts.values()].sort((a, b) => a.name.localeCompare(b.name));
  const rows = ORDER.map(({ what, roles, why }, index) => {
    const own = hosts.filter(({ role }) => role !== undefined && roles.includes(role));
    return [String(index + 1), what, named(state, own), why];
  });
  const isDeclared = hosts.some(({ role }) => role !== undefined);
  return {
    title: 'What has to stand first',
    says: [
      'Each line needs the ones above it. Projects are restored after “Storage”, each whole and by one command: first the one that is wanted back soonest.',
      ...(isDeclared
        ? []
        : ['NO HOST WITH A ROLE IS DECLARED: write the machines in by hand, and declare them under Network.']),
    ],
    rows: { header: ['#', 'what', 'machines', 'why here'], rows },
    steps: [],
  };
}

function named(state: State, hosts: readonly Host[]): string {
  if (hosts.length === 0) return 'none declared: ______________________';
  const shown = hosts.slice(0, NAMED_MAX).map(({ name, zone, addresses }) => {
    const where = [state.zones.get(zone)?.name, addresses[0]].filter((part) => part !== undefined).join(', ');
    return `${name} (${where})`;
  });
  const more = hosts.length - shown.length;
  return `${shown.join('; ')}${more > 0 ? `; and ${more} more` : ''}`;
}
