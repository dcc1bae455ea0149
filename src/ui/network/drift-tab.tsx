/** Where the network as it is differs from the model: findings with the next step, devices nobody declared, refused packets. */
import { Link } from 'react-router';
import type { AnswerOf } from '#api/endpoints.ts';
import type { NetworkFindingView } from '#api/endpoints/network-views.ts';
import type { NetworkFindingKind } from '#model/network-shapes.ts';
import { useAct, useAnswer } from '../data/query.ts';
import { useViewer } from '../data/viewer.ts';
import { ActButton, lacking } from '../kit/act-button.tsx';
import { Answer, Empty } from '../kit/answer.tsx';
import { Moment } from '../kit/moment.tsx';
import { Section } from '../kit/page.tsx';
import { sayRefused } from '../kit/say.ts';
import { Status } from '../kit/status.tsx';
import type { Tone } from '../kit/status.tsx';
import { Table } from '../kit/table.tsx';
import { countText } from '../kit/words.ts';
import { paths } from '../paths.ts';
import { DeviceTable } from './device-table.tsx';
import { useDialog } from './dialog-address.ts';
import { ModeBar } from './mode-bar.tsx';
import { pastReason, useNetwork } from './network-context.ts';

const DENIALS_EVERY_MS = 15_000;

const FINDINGS: Readonly<Record<NetworkFindingKind, readonly [Tone, string]>> = {
  drift: ['bad', 'Rules changed behind our back'],
  'stray-flow': ['bad', 'Traffic that nothing allows'],
  'unknown-device': ['warn', 'Unknown device'],
  'rolled-back': ['warn', 'Rules went back'],
  'enforcement-failed': ['bad', 'Could not be loaded'],
  'would-refuse': ['warn', 'Would be refused'],
  spoofed: ['bad', 'False sender'],
  unobserved: ['warn', 'Nobody is looking'],
};

export function DriftTab() {
  const { net } = useNetwork();
  if (net.apply === undefined && net.findings.length === 0) return <Unwatched />;
  const devices = net.findings.filter(({ finding }) => finding === 'unknown-device');
  const others = net.findings.filter(({ finding }) => finding !== 'unknown-device');
  return (
    <>
      <ModeBar />
      <Section title="Findings" note={countText(others.length, 'open finding')}>
        {others.length === 0 ? (
          <Empty isGood title="What is loaded is what should be">
            The gateway reads its rules back and compares them all the time.
          </Empty>
        ) : (
          <div className="pl-card">
            {others.map((finding) => (
              <Finding key={finding.key} finding={finding} />
            ))}
          </div>
        )}
      </Section>
      <Section title="Unknown devices" note="Seen on the wire, in no list of ours">
        {devices.length === 0 ? (
          <Empty isGood title="Every device that was seen is known" />
        ) : (
          <DeviceTable devices={devices} />
        )}
      </Section>
      <Denials />
    </>
  );
}

/** Nobody looks: that is one thing to say, not three. */
function Unwatched() {
  return (
    <>
      <ModeBar />
      <Section title="Findings">
        <Empty title="Nothing is known of the network as it is">
          No gateway reports yet. Rules that were changed, devices nobody declared and refused packets show here as soon
          as one does.
        </Empty>
      </Section>
    </>
  );
}

function Finding({ finding }: { readonly finding: NetworkFindingView }) {
  const shown = useNetwork();
  const viewer = useViewer();
  const settle = useAct('settle-network-finding');
  const { open } = useDialog();
  const [tone, word] = FINDINGS[finding.finding];
  const past = pastReason(shown);
  const isFlow = finding.finding === 'would-refuse' || finding.finding === 'stray-flow';
  return (
    <div className="nw-finding">
      <div>
        <div className="pl-row" style={{ gap: 10 }}>
          <Status tone={tone}>{word}</Status>
          <span className="pl-dim pl-small">
            {finding.times > 1 ? `${finding.times} times, last ` : ''}
            <Moment at={finding.lastAt} />
          </span>
        </div>
        <p style={{ marginTop: 3 }}>
          {finding.says}
          {finding.process === undefined ? null : (
            <>
              {' '}
              By the process <code>{finding.process}</code>.
            </>
          )}
        </p>
        <p className="pl-dim pl-small">Next: {finding.next}</p>
      </div>
      <div className="pl-row nw-finding-acts">
        {isFlow ? (
          <ActButton
            size="compact-sm"
            variant="default"
            unless={past ?? lacking(viewer.may, 'zone.edit')}
            onClick={() => open('flow', undefined, endsOf(shown.net, finding))}
          >
            Allow it…
          </ActButton>
        ) : null}
        <ActButton
          size="compact-sm"
          variant="default"
          unless={past ?? lacking(viewer.may, 'network.enforce')}
          onClick={() => settle.mutate({ body: { key: finding.key } }, { onError: sayRefused })}
        >
          Mark handled
        </ActButton>
      </div>
    </div>
  );
}

/** The hosts at both ends, where they are known. */
function endsOf(net: ReturnType<typeof useNetwork>['net'], finding: NetworkFindingView) {
  const hostAt = (address: string | undefined) =>
    address === undefined ? undefined : net.hosts.find((host) => host.addresses.includes(address))?.id;
  return { from: hostAt(finding.from), to: hostAt(finding.to) };
}

type Denied = AnswerOf<'network-denials'>;

function Denials() {
  const { net, hat, at } = useNetwork();
  const answer = useAnswer(
    'network-denials',
    { query: { at } },
    { keep: true, ...(at === undefined ? { everyMs: DENIALS_EVERY_MS } : {}) },
  );
  const isStopped = net.mode === 'enforce';
  return (
    <Section
      title={isStopped ? 'Refused packets' : 'Packets that would be refused'}
      note="In one day, folded by both ends and port"
      actions={<Link to={paths.ledger(hat, { kind: 'network.denied' })}>In the ledger</Link>}
    >
      <Answer of={answer}>
        {(denied) =>
          denied.rows.length === 0 ? (
            <Empty
              isGood={net.apply !== undefined}
              title={net.apply === undefined ? 'No gateway counts packets yet' : 'Nothing was refused'}
            />
          ) : (
            <DenialTable denied={denied} />
          )
        }
      </Answer>
    </Section>
  );
}

function DenialTable({ denied }: { readonly denied: Denied }) {
  return (
    <>
      <Table
        label="Refused packets"
        rows={denied.rows}
        keyOf={(row) => `${row.from} ${row.to} ${row.protocol} ${row.port ?? ''}`}
        columns={[
          { head: 'From', cell: (row) => <Address address={row.from} name={row.fromName} /> },
          { head: 'To', cell: (row) => <Address address={row.to} name={row.toName} /> },
          {
            head: 'On',
            cell: (row) => (
              <code>
                {row.protocol}
                {row.port === undefined ? '' : ` ${row.port}`}
              </code>
            ),
          },
          { head: 'Packets', end: true, cell: (row) => row.packets },
          { head: 'Last', cell: (row) => <Moment at={row.lastAt} /> },
        ]}
      />
      {denied.others === 0 ? null : (
        <p className="pl-dim pl-small" style={{ marginTop: 6 }}>
          and {countText(denied.others, 'more packet')} beyond these rows
        </p>
      )}
    </>
  );
}

function Address({ address, name }: { readonly address: string; readonly name: string | undefined }) {
  return (
    <span>
      {name === undefined ? null : <span className="pl-strong">{name} </span>}
      <code className={name === undefined ? undefined : 'pl-dim'}>{address}</code>
    </span>
  );
}
