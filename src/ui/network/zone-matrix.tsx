/** From × to: the services that one zone may start in another. A cell narrows the list of flows, an empty one begins a new flow. */
import { Tooltip } from '@mantine/core';
import { IconClockHour4 } from '@tabler/icons-react';
import { Link, useLocation } from 'react-router';
import { useSearchParams } from '../kit/address.ts';
import type { FlowView, NetworkView, NetworkZoneView } from '#api/endpoints/network-views.ts';
import { paths } from '../paths.ts';
import { useNetwork } from './network-context.ts';
import { endsOf } from './network-words.ts';

const NAMES_SHOWN = 3;

interface Cell {
  readonly service: string;
  /** `a host of the zone`, not the whole. */
  readonly isNarrow: boolean;
  readonly isTimed: boolean;
}

export function ZoneMatrix() {
  const { net } = useNetwork();
  const cells = cellsOf(net);
  return (
    <div className="pl-table-frame nw-matrix-frame" role="region" aria-label="Zone matrix" tabIndex={0}>
      <table className="nw-matrix">
        <thead>
          <tr>
            <td className="nw-corner">
              <span>from ↓ to →</span>
            </td>
            {net.zones.map((zone) => (
              <th key={zone.id} scope="col">
                <ZoneHead zone={zone} />
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {net.zones.map((from) => (
            <tr key={from.id}>
              <th scope="row">
                <ZoneHead zone={from} />
              </th>
              {net.zones.map((to) => (
                <td key={to.id} className={from.id === to.id ? 'nw-same' : undefined}>
                  <MatrixCell from={from} to={to} cells={cells.get(`${from.id} ${to.id}`) ?? []} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function ZoneHead({ zone }: { readonly zone: NetworkZoneView }) {
  return (
    <span className="nw-zone-head">
      {zone.name}
      <small>trust {zone.trust}</small>
    </span>
  );
}

function cellsOf(net: NetworkView): ReadonlyMap<string, readonly Cell[]> {
  const cells = new Map<string, Cell[]>();
  const add = (from: string | undefined, to: string | undefined, cell: Cell) => {
    const key = `${from} ${to}`;
    const known = cells.get(key) ?? [];
    if (!known.some((one) => one.service === cell.service && one.isTimed === cell.isTimed)) known.push(cell);
    cells.set(key, known);
  };
  for (const flow of net.flows) add(...endsOf(flow), cellOf(flow));
  const internet = net.zones.find((zone) => zone.kinds.includes('internet'))?.id;
  for (const { host, service, until } of net.exposures) {
    const zone = net.hosts.find((one) => one.id === host.id)?.zone;
    add(internet, zone, { service: service.name, isNarrow: true, isTimed: until !== undefined });
  }
  return cells;
}

function cellOf({ service, from, to, until }: FlowView): Cell {
  return {
    service: service.name,
    isNarrow: from.kind !== 'zone' || to.kind !== 'zone',
    isTimed: until !== undefined,
  };
}

interface MatrixCellProps {
  readonly from: NetworkZoneView;
  readonly to: NetworkZoneView;
  readonly cells: readonly Cell[];
}

function MatrixCell({ from, to, cells }: MatrixCellProps) {
  const { hat } = useNetwork();
  const [search] = useSearchParams();
  const { pathname } = useLocation();
  if (cells.length === 0) {
    if (from.id === to.id && !from.kinds.includes('internet')) return <SameSegment />;
    return <span className="nw-none" aria-label="nothing" role="img" />;
  }
  const at = search.get('at');
  const target = paths.network(hat, 'rules', { from: from.id, to: to.id, ...(at === null ? {} : { at }) });
  const isChosen = search.get('from') === from.id && search.get('to') === to.id;
  return (
    <Link
      className="nw-cell"
      to={isChosen ? pathname : target}
      aria-current={isChosen ? 'true' : undefined}
      preventScrollReset
    >
      <span className="nw-hidden">
        {from.name} to {to.name}:{' '}
      </span>
      {cells.slice(0, NAMES_SHOWN).map((cell) => (
        <span key={`${cell.service} ${cell.isTimed}`} className={cell.isNarrow ? 'nw-service nw-narrow' : 'nw-service'}>
          {cell.service}
          {cell.isTimed ? <IconClockHour4 size={11} aria-label="ends by itself" /> : null}
        </span>
      ))}
      {cells.length > NAMES_SHOWN ? <span className="pl-dim">+{cells.length - NAMES_SHOWN}</span> : null}
    </Link>
  );
}

function SameSegment() {
  return (
    <Tooltip
      label="Machines of one zone reach one another below the gateway: no rule here stops them."
      multiline
      maw={260}
    >
      <span className="nw-within" tabIndex={0}>
        within
      </span>
    </Tooltip>
  );
}
