/** Flows and the external inventory: each line with who answers for it and when it is looked at again. */
import type { ReactNode } from 'react';
import type { ExposureView, FlowView } from '#api/endpoints/network-views.ts';
import { useAct } from '../data/query.ts';
import { useViewer } from '../data/viewer.ts';
import { ActButton, lacking } from '../kit/act-button.tsx';
import { useConfirm } from '../kit/confirm.tsx';
import { Moment } from '../kit/moment.tsx';
import { PersonName } from '../kit/person-name.tsx';
import { say, sayRefused } from '../kit/say.ts';
import { Status } from '../kit/status.tsx';
import { Table } from '../kit/table.tsx';
import { REVIEW_DAYS, reviewIn } from './fields.tsx';
import { pastReason, useNetwork } from './network-context.ts';
import { FLOW_CLASSES } from './network-words.ts';
import { RowActs } from './row-acts.tsx';

export function FlowTable({ flows }: { readonly flows: readonly FlowView[] }) {
  const { hat } = useNetwork();
  const remove = useRemoveFlow();
  const review = useAct('review-flow');
  return (
    <Table
      label="Flows"
      rows={flows}
      keyOf={(flow) => flow.id}
      columns={[
        { head: 'From', cell: (flow) => <End end={flow.from} /> },
        { head: 'To', cell: (flow) => <End end={flow.to} /> },
        { head: 'Service', cell: (flow) => <span className="nw-service">{flow.service.name}</span> },
        {
          head: 'Why',
          cell: (flow) => <Why rule={flow} note={flow.class === 'standard' ? undefined : FLOW_CLASSES[flow.class]} />,
        },
        { head: 'Answers for it', cell: (flow) => <PersonName person={flow.owner} /> },
        {
          head: 'Review',
          cell: (flow) => (
            <Review
              rule={flow}
              renew={() =>
                review.mutate(
                  { params: { flow: flow.id }, body: { reviewBy: reviewIn(REVIEW_DAYS) } },
                  { onSuccess: () => say('Kept for half a year.'), onError: sayRefused },
                )
              }
            />
          ),
        },
        { head: 'Ends', cell: (flow) => <Ends until={flow.until} /> },
        {
          head: 'Actions',
          isHidden: hat === 'assess',
          end: true,
          cell: (flow) => <RowActs noun="flow" id={flow.id} name={nameOf(flow)} remove={() => remove(flow)} />,
        },
      ]}
    />
  );
}

export function ExposureTable({ exposures }: { readonly exposures: readonly ExposureView[] }) {
  const { hat } = useNetwork();
  const remove = useRemoveExposure();
  const review = useAct('review-exposure');
  return (
    <Table
      label="External inventory"
      rows={exposures}
      keyOf={(line) => line.id}
      columns={[
        { head: 'Outside', cell: (line) => <span className="pl-strong">{line.publicName}</span> },
        { head: 'Host', cell: (line) => line.host.name },
        { head: 'Service', cell: (line) => <span className="nw-service">{line.service.name}</span> },
        { head: 'Why', cell: (line) => <Why rule={line} /> },
        { head: 'Answers for it', cell: (line) => <PersonName person={line.owner} /> },
        {
          head: 'Review',
          cell: (line) => (
            <Review
              rule={line}
              renew={() =>
                review.mutate(
                  { params: { exposure: line.id }, body: { reviewBy: reviewIn(REVIEW_DAYS) } },
                  { onSuccess: () => say('Kept for half a year.'), onError: sayRefused },
                )
              }
            />
          ),
        },
        { head: 'Ends', cell: (line) => <Ends until={line.until} /> },
        {
          head: 'Actions',
          isHidden: hat === 'assess',
          end: true,
          cell: (line) => <RowActs noun="exposure" id={line.id} name={line.publicName} remove={() => remove(line)} />,
        },
      ]}
    />
  );
}

function nameOf(flow: FlowView): string {
  return `${flow.from.name} to ${flow.to.name}, ${flow.service.name}`;
}

function End({ end }: { readonly end: FlowView['from'] }) {
  if (end.kind === 'zone') return <span className="pl-strong">{end.name}</span>;
  return (
    <>
      <span className="pl-nowrap">{end.name}</span>
      {end.cidr === undefined ? null : (
        <div>
          <code className="pl-dim">{end.cidr}</code>
        </div>
      )}
    </>
  );
}

function Why({ rule, note }: { readonly rule: { readonly reason: string }; readonly note?: string | undefined }) {
  return (
    <span className="nw-why">
      {rule.reason}
      {note === undefined ? null : <small className="pl-dim">{note}</small>}
    </span>
  );
}

function Ends({ until }: { readonly until: number | undefined }) {
  return until === undefined ? <span className="pl-dim">–</span> : <Moment at={until} />;
}

interface ReviewProps {
  readonly rule: { readonly overdue: boolean; readonly reviewBy: number };
  readonly renew: () => void;
}

function Review({ rule, renew }: ReviewProps): ReactNode {
  const shown = useNetwork();
  const viewer = useViewer();
  if (!rule.overdue) return <Moment at={rule.reviewBy} as="date" />;
  return (
    <span className="pl-row" style={{ gap: 8, flexWrap: 'nowrap' }}>
      <Status tone="warn">Overdue</Status>
      <ActButton
        size="compact-xs"
        variant="default"
        unless={pastReason(shown) ?? lacking(viewer.may, 'zone.edit')}
        onClick={renew}
      >
        Still needed
      </ActButton>
    </span>
  );
}

function useRemoveFlow() {
  const confirm = useConfirm();
  const change = useAct('change-network');
  return (flow: FlowView) =>
    confirm({
      title: 'Remove this flow?',
      body: `${nameOf(flow)}. Connections that it carries stop as soon as the rules are loaded.`,
      verb: 'Remove',
      danger: true,
      reason: 'optional',
      act: (reason) =>
        change.mutateAsync({
          body: { changes: [{ kind: 'remove-flow', flow: flow.id, ...(reason === undefined ? {} : { reason }) }] },
        }),
    });
}

function useRemoveExposure() {
  const confirm = useConfirm();
  const change = useAct('change-network');
  return (line: ExposureView) =>
    confirm({
      title: `Take ${line.publicName} off the internet?`,
      body: `${line.host.name} is no longer reached from outside on ${line.service.name}.`,
      verb: 'Remove',
      danger: true,
      reason: 'optional',
      act: (reason) =>
        change.mutateAsync({
          body: {
            changes: [{ kind: 'remove-exposure', exposure: line.id, ...(reason === undefined ? {} : { reason }) }],
          },
        }),
    });
}
