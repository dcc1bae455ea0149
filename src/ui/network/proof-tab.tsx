/** The fourteen invariants, each proved over all hosts, ports and instants, the facility's own policy tests, and a box for one's own question. */
import { Link } from 'react-router';
import type { InvariantView, ViolationView } from '#api/endpoints/network-views.ts';
import type { AnswerOf } from '#api/endpoints.ts';
import { useAnswer } from '../data/query.ts';
import { Answer } from '../kit/answer.tsx';
import { Moment } from '../kit/moment.tsx';
import { Section } from '../kit/page.tsx';
import { Notice, Status } from '../kit/status.tsx';
import { countText, millisText } from '../kit/words.ts';
import { paths } from '../paths.ts';
import { dialogQuery } from './dialog-address.ts';
import { useNetwork } from './network-context.ts';
import { PacketLine } from './packet-line.tsx';
import { PolicyTests } from './policy-tests.tsx';
import { ReachQuestion } from './reach-question.tsx';
import { StandingOf } from './standing.tsx';
import { StartHere } from './start-here.tsx';

type Proof = AnswerOf<'prove-network'>;

export function ProofTab() {
  const { net, at } = useNetwork();
  const proof = useAnswer('prove-network', { query: { at } }, { keep: true });
  if (net.zones.length === 0) return <StartHere />;
  return (
    <>
      <Section title="May X reach Y?" note="Asked of all rules together, at this instant and for as long as it holds">
        <ReachQuestion />
      </Section>
      <Answer of={proof} rows={14}>
        {(found) => <ProofBody proof={found} />}
      </Answer>
    </>
  );
}

function ProofBody({ proof }: { readonly proof: Proof }) {
  const { invariants, tests, assumptions, tookMs } = proof;
  const broken = invariants.filter(({ standing }) => standing === 'fails');
  const unknown = invariants.filter(({ standing }) => standing === 'unknown');
  const order = { fails: 0, unknown: 1, excepted: 2, holds: 3 } as const;
  const sorted = invariants.toSorted((a, b) => order[a.standing] - order[b.standing]);
  return (
    <>
      <Section title="Invariants" note={`Proved in ${millisText(tookMs)}, for every host, port and instant to come`}>
        <Summary broken={broken.length} unknown={unknown.length} all={invariants.length} />
        <ol className="pl-card nw-invariants">
          {sorted.map((invariant) => (
            <Invariant key={invariant.id} invariant={invariant} />
          ))}
        </ol>
      </Section>
      <PolicyTests tests={tests} />
      <Section title="What this takes for granted" note="A proof holds as far as these do">
        <ul className="pl-card pl-pad nw-assumptions">
          {assumptions.map((assumption) => (
            <li key={assumption}>{assumption}</li>
          ))}
        </ul>
      </Section>
    </>
  );
}

interface SummaryProps {
  readonly broken: number;
  readonly unknown: number;
  readonly all: number;
}

function Summary({ broken, unknown, all }: SummaryProps) {
  if (broken === 0 && unknown === 0)
    return <Notice tone="ok">All {all} hold, or are lifted by an exception that somebody answers for.</Notice>;
  const parts = [
    broken === 0 ? undefined : `${countText(broken, 'invariant is', 'invariants are')} broken`,
    unknown === 0 ? undefined : `${countText(unknown, 'cannot be told', 'cannot be told')}`,
  ].filter((part) => part !== undefined);
  return (
    <Notice tone={broken > 0 ? 'bad' : 'warn'}>{parts.join('; ')}. What cannot be told never counts as a pass.</Notice>
  );
}

function Invariant({ invariant }: { readonly invariant: InvariantView }) {
  const { id, title, controls, standing, holdsUntil, violations, more } = invariant;
  return (
    <li className="nw-invariant" id={id}>
      <div className="nw-invariant-head">
        <b className="nw-invariant-id">{id}</b>
        <span>{title}</span>
        <span className="pl-dim pl-small nw-controls">{controls.join(' ')}</span>
        <StandingOf standing={standing} />
      </div>
      {holdsUntil === undefined ? null : (
        <p className="pl-small nw-violation">
          Holds until <Moment at={holdsUntil} />: an exception ends before what it lifts.
        </p>
      )}
      {violations.map((violation, index) => (
        <Violation key={`${index} ${violation.says}`} violation={violation} />
      ))}
      {more === 0 ? null : <p className="pl-dim pl-small nw-violation">and {more} more like these</p>}
    </li>
  );
}

function Violation({ violation }: { readonly violation: ViolationView }) {
  const { says, next, packet, host, exceptedBy } = violation;
  const { net } = useNetwork();
  const exception = net.exceptions.find((one) => one.id === exceptedBy);
  return (
    <div className="nw-violation">
      <div className="pl-small">
        {says} {packet === undefined ? null : <PacketLine packet={packet} />}
      </div>
      <div className="pl-row pl-small" style={{ gap: 10 }}>
        {exceptedBy === undefined ? (
          <span className="pl-dim">{next}</span>
        ) : (
          <Status tone="held">
            Excepted
            {exception === undefined ? '' : `: ${exception.owner.name ?? 'somebody'} answers, “${exception.reason}”`}
          </Status>
        )}
        <RuleLink violation={violation} />
        {host === undefined ? null : <HostLink host={host} />}
      </div>
    </div>
  );
}

function RuleLink({ violation: { rule } }: { readonly violation: ViolationView }) {
  const { net, hat } = useNetwork();
  if (rule === undefined) return null;
  const noun = net.flows.some((flow) => flow.id === rule.id)
    ? 'flow'
    : net.exposures.some((line) => line.id === rule.id)
      ? 'exposure'
      : undefined;
  if (noun === undefined) return <span>{rule.name}</span>;
  return <Link to={paths.network(hat, 'rules', dialogQuery(noun, rule.id))}>{rule.name}</Link>;
}

function HostLink({ host }: { readonly host: NonNullable<ViolationView['host']> }) {
  const { hat, at } = useNetwork();
  return <Link to={paths.network(hat, 'map', { host: host.id, at })}>{host.name}</Link>;
}
