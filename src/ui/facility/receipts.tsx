/** The receipts of a cut, as they come in. */
import { IconCircleCheckFilled, IconCircleXFilled, IconLoader2 } from '@tabler/icons-react';
import { Link } from 'react-router';
import { because } from '#evidence/report/text.ts';
import type { CutView, ReceiptView } from '#api/endpoints/views.ts';
import { GATES } from '../kit/gates.ts';
import { Moment } from '../kit/moment.tsx';
import { Status } from '../kit/status.tsx';
import { countText, millisText } from '../kit/words.ts';
import { codeText } from '../ledger/code-words.ts';
import { paths } from '../paths.ts';
import { cutStanding, isProven } from './cut-proof.ts';

const SCOPES: Readonly<Record<CutView['scope']['kind'], string>> = {
  person: 'All access',
  engagement: 'An engagement',
  project: 'Everybody',
  credential: 'A credential',
  session: 'A session',
  host: 'A machine',
};

export function cutTitle(cut: CutView): string {
  return [
    SCOPES[cut.scope.kind],
    cut.person === undefined ? undefined : `of ${cut.person.name ?? 'a sealed name'}`,
    cut.project === undefined ? undefined : `on ${cut.project.alias}`,
  ]
    .filter((part) => part !== undefined)
    .join(' ');
}

export function CutLine({ cut }: { readonly cut: CutView }) {
  const { tone, says } = cutStanding(cut);
  return (
    <div className="pl-spread pl-pad" style={{ paddingBlock: 10, borderBottom: '1px solid var(--pl-line-soft)' }}>
      <span>
        <Link className="pl-main-link" to={paths.cut(cut.id)}>
          {cutTitle(cut)}
        </Link>{' '}
        <span className="pl-dim">
          by {cut.orderedBy?.name ?? 'the clock'}, <Moment at={cut.orderedAt} />, {because(cut.because)}
        </span>
      </span>
      <Status tone={tone}>{says}</Status>
    </div>
  );
}

export function Receipts({ cut }: { readonly cut: CutView }) {
  return (
    <div className="pl-grid" aria-live="polite">
      {cut.receipts.map((receipt) => (
        <Receipt key={receipt.index} receipt={receipt} />
      ))}
      {cut.waitingFor.map((gate) => (
        <div key={gate} className="pl-card pl-pad">
          <span className="pl-row pl-strong">
            <IconLoader2 size={18} color="var(--pl-warn)" aria-hidden />
            {GATES[gate]}
          </span>
          <p className="pl-dim" style={{ marginTop: 6 }}>
            Waiting for this gate’s receipt…
          </p>
        </div>
      ))}
    </div>
  );
}

function Receipt({ receipt }: { readonly receipt: ReceiptView }) {
  const { rule } = receipt.probe;
  return (
    <div className="pl-card pl-pad">
      <div className="pl-spread">
        <span className="pl-row pl-strong">
          {isProven(receipt) ? (
            <IconCircleCheckFilled size={18} color="var(--pl-ok)" aria-hidden />
          ) : (
            <IconCircleXFilled size={18} color="var(--pl-bad)" aria-hidden />
          )}
          {GATES[receipt.gate]}
        </span>
        <span style={{ fontSize: 20, fontWeight: 600 }}>{millisText(receipt.ms)}</span>
      </div>
      <p className="pl-dim" style={{ marginTop: 6 }}>
        {receipt.sessionCount === 0 ? 'No session was open' : `${countText(receipt.sessionCount, 'session')} cut`}
      </p>
      <div className="pl-stack pl-whole-status" style={{ gap: 3, marginTop: 8 }}>
        <Probe holds={receipt.probe.bytesStopped} text="Bytes stopped" />
        <Probe
          holds={receipt.probe.accessRefused}
          text={`Trying again is refused${rule === undefined ? '' : `: ${codeText(rule)}`}`}
        />
        <span className="pl-dim pl-small">
          Watched for {millisText(receipt.probe.watchedMs)}.{' '}
          <Link to={paths.entry('facility', receipt.index)}>Entry {receipt.index}</Link>
        </span>
      </div>
    </div>
  );
}

function Probe({ holds, text }: { readonly holds: boolean; readonly text: string }) {
  return <Status tone={holds ? 'ok' : 'bad'}>{holds ? text : `Not proved: ${text.toLowerCase()}`}</Status>;
}
