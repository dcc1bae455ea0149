/** The map: the topology, how far it is enforced, and a drawer about the machine that was chosen. */
import { Button } from '@mantine/core';
import { IconPrinter } from '@tabler/icons-react';
import { useSearchParams } from '../kit/address.ts';
import { useAnswer } from '../data/query.ts';
import { Answer } from '../kit/answer.tsx';
import { Section } from '../kit/page.tsx';
import { countText } from '../kit/words.ts';
import { HostDrawer } from './host-drawer.tsx';
import { MapFrame } from './map-frame.tsx';
import { ModeBar } from './mode-bar.tsx';
import { useNetwork } from './network-context.ts';
import { StartHere } from './start-here.tsx';

/** What the gateway opens for people's sessions, and what it does not. */
const BY_SESSION =
  'Flows of class share let nothing pass by themselves: the gateway opens them for one workstation while a person holds a session there; ' +
  'the map shows them as paths. Sessions of the portal and of SFTP end at Picturelock and open no path.';

export function MapTab() {
  const { net, at } = useNetwork();
  const [search, setSearch] = useSearchParams();
  const map = useAnswer('network-map', { query: { at } }, { keep: true, enabled: net.zones.length > 0 });
  const host = search.get('host') ?? undefined;
  const choose = (id: string | undefined) =>
    setSearch((before) => {
      if (id === undefined) before.delete('host');
      else before.set('host', id);
      return before;
    });
  if (net.zones.length === 0) return <StartHere />;
  return (
    <>
      <ModeBar />
      <Section
        title="Topology"
        note={countText(net.paths.length + net.morePaths, 'open path')}
        actions={
          <Button
            size="compact-sm"
            variant="default"
            leftSection={<IconPrinter size={14} aria-hidden />}
            onClick={() => window.print()}
          >
            Print
          </Button>
        }
      >
        <Answer of={map} rows={10}>
          {({ svg }) => (
            <MapFrame
              svg={svg}
              chosen={host}
              onPick={(kind, id) => {
                if (kind === 'host') choose(id);
              }}
            />
          )}
        </Answer>
        <p className="pl-dim pl-small" style={{ marginTop: 6 }}>
          {BY_SESSION}
        </p>
        <p className="pl-dim pl-small pl-no-print" style={{ marginTop: 6 }}>
          Choose a machine to see what it would expose. Ctrl and the wheel zoom, a drag moves.
        </p>
      </Section>
      <HostDrawer host={host} close={() => choose(undefined)} />
    </>
  );
}
