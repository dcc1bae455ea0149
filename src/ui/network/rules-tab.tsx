/** Zones and flows: the matrix of who may start what, and the things that it is made of. */
import { TextInput } from '@mantine/core';
import { IconPlus, IconSearch } from '@tabler/icons-react';
import { useSearchParams } from '../kit/address.ts';
import { useViewer } from '../data/viewer.ts';
import { ActButton, lacking } from '../kit/act-button.tsx';
import { Empty } from '../kit/answer.tsx';
import { Section } from '../kit/page.tsx';
import { countText } from '../kit/words.ts';
import { useDialog } from './dialog-address.ts';
import type { DialogNoun } from './dialog-address.ts';
import { ExceptionTable } from './exception-table.tsx';
import { ExposureTable, FlowTable } from './flow-tables.tsx';
import { HostTable } from './host-table.tsx';
import { pastReason, useNetwork } from './network-context.ts';
import { ServiceTable } from './service-table.tsx';
import { StartHere } from './start-here.tsx';
import { ZoneMatrix } from './zone-matrix.tsx';
import { ZoneTable } from './zone-table.tsx';

export function RulesTab() {
  const { net } = useNetwork();
  if (net.zones.length === 0) return <StartHere />;
  return (
    <>
      <JumpTo />
      <Section title="Who may start what" note="From the row to the column. Everything that is not here is refused.">
        <ZoneMatrix />
      </Section>
      <Flows />
      <Section
        title="External inventory"
        note="What the internet may reach"
        actions={<Add noun="exposure">Show a host outside</Add>}
      >
        {net.exposures.length === 0 ? (
          <Empty isGood title="Nothing of yours can be reached from the internet" />
        ) : (
          <ExposureTable exposures={net.exposures} />
        )}
      </Section>
      {net.exceptions.length === 0 ? null : (
        <Section title="Exceptions" note="Invariants lifted for a while, each with an owner and an end">
          <ExceptionTable exceptions={net.exceptions} />
        </Section>
      )}
      <Section title="Zones" actions={<Add noun="zone">Add a zone</Add>}>
        <ZoneTable />
      </Section>
      <Hosts />
      <Section title="Services" note="Ports under one name" actions={<Add noun="service">Add a service</Add>}>
        {net.services.length === 0 ? <Empty title="No services yet" /> : <ServiceTable />}
      </Section>
    </>
  );
}

/** A facility of two thousand machines has long lists. */
function JumpTo() {
  const { net } = useNetwork();
  const parts = [
    ['Flows', net.flows.length],
    ['External inventory', net.exposures.length],
    ['Exceptions', net.exceptions.length],
    ['Zones', net.zones.length],
    ['Hosts', net.hosts.length],
    ['Services', net.services.length],
  ] as const;
  return (
    <nav className="nw-jump pl-no-print" aria-label="On this page">
      {parts
        .filter(([title, count]) => title !== 'Exceptions' || count > 0)
        .map(([title, count]) => (
          <button
            key={title}
            type="button"
            onClick={() => document.querySelector(`section[aria-label="${title}"]`)?.scrollIntoView()}
          >
            {title} <span className="pl-dim">{count}</span>
          </button>
        ))}
    </nav>
  );
}

function Add({ noun, children }: { readonly noun: DialogNoun; readonly children: string }) {
  const shown = useNetwork();
  const viewer = useViewer();
  const { open } = useDialog();
  return (
    <ActButton
      size="compact-sm"
      variant="default"
      leftSection={<IconPlus size={14} aria-hidden />}
      unless={pastReason(shown) ?? lacking(viewer.may, 'zone.edit')}
      onClick={() => open(noun)}
    >
      {children}
    </ActButton>
  );
}

/** Narrowed by a cell of the matrix (`from`, `to`: zones) or to those whose review is overdue. */
function Flows() {
  const { net } = useNetwork();
  const [search, setSearch] = useSearchParams();
  const [from, to, show] = [search.get('from'), search.get('to'), search.get('show')];
  const flows = net.flows.filter(
    (flow) =>
      (from === null || flow.from.zone === from) &&
      (to === null || flow.to.zone === to) &&
      (show !== 'overdue' || flow.overdue),
  );
  const isNarrow = from !== null || to !== null || show !== null;
  const widen = () =>
    setSearch(
      (before) => {
        for (const name of ['from', 'to', 'show']) before.delete(name);
        return before;
      },
      { replace: true },
    );
  return (
    <Section
      title="Flows"
      note={isNarrow ? `${countText(flows.length, 'flow')} of ${net.flows.length}` : countText(flows.length, 'flow')}
      actions={
        <>
          {isNarrow ? (
            <ActButton size="compact-sm" variant="subtle" onClick={widen}>
              Show all
            </ActButton>
          ) : null}
          <Add noun="flow">Add a flow</Add>
        </>
      }
    >
      {flows.length === 0 ? (
        <Empty title={isNarrow ? 'No flow between these' : 'No flows yet'}>
          {isNarrow ? undefined : 'Nothing may pass between zones until a flow says so.'}
        </Empty>
      ) : (
        <FlowTable flows={flows} />
      )}
    </Section>
  );
}

function Hosts() {
  const { net } = useNetwork();
  const [search, setSearch] = useSearchParams();
  const find = search.get('find') ?? '';
  const setFind = (text: string) =>
    setSearch(
      (before) => {
        if (text === '') before.delete('find');
        else before.set('find', text);
        return before;
      },
      { replace: true },
    );
  return (
    <Section title="Hosts" note={countText(net.hosts.length, 'host')} actions={<Add noun="host">Add a host</Add>}>
      {net.hosts.length === 0 ? (
        <Empty title="No hosts yet">Add one, or read them from your DHCP server on the import page.</Empty>
      ) : (
        <>
          <TextInput
            aria-label="Find a host"
            placeholder="Name, address, zone or what it does"
            leftSection={<IconSearch size={15} aria-hidden />}
            value={find}
            onChange={(event) => setFind(event.currentTarget.value)}
            maw={340}
            mb={8}
          />
          <HostTable find={find} />
        </>
      )}
    </Section>
  );
}
