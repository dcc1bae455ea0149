/** How far the gateway goes, and the proof of what it last loaded. */
import { SegmentedControl } from '@mantine/core';
import type { ApplyView, NetworkView } from '#api/endpoints/network-views.ts';
import type { NetworkMode } from '#model/network-shapes.ts';
import { useAct } from '../data/query.ts';
import { useViewer } from '../data/viewer.ts';
import { ActButton, lacking } from '../kit/act-button.tsx';
import { useConfirm } from '../kit/confirm.tsx';
import { Digest } from '../kit/digest.tsx';
import { Moment } from '../kit/moment.tsx';
import { say, sayRefused } from '../kit/say.ts';
import { Status } from '../kit/status.tsx';
import type { Tone } from '../kit/status.tsx';
import { countText, millisText } from '../kit/words.ts';
import { pastReason, useNetwork } from './network-context.ts';

const MODES: Readonly<Record<NetworkMode, readonly [string, string]>> = {
  off: ['Off', 'No rules are loaded. The model is a drawing: it is proved, and stops nothing.'],
  observe: [
    'Observe',
    'Rules are loaded and count what they would refuse. Everything still passes, but quarantine is enforced all the same.',
  ],
  warn: [
    'Warn',
    'As observe; each would-be refusal is a finding that names who answers for it. Everything still passes, but quarantine is enforced all the same.',
  ],
  enforce: ['Enforce', 'What the model does not allow does not pass.'],
};
const STANDING: Readonly<Record<NetworkMode, string>> = {
  off: 'Not enforced',
  observe: 'Observing',
  warn: 'Warning',
  enforce: 'Enforcing',
};
const LADDER: readonly NetworkMode[] = ['off', 'observe', 'warn', 'enforce'];

function isMode(value: string): value is NetworkMode {
  return Object.hasOwn(MODES, value);
}

export function ModeStatus({ net }: { readonly net: NetworkView }) {
  const tone: Tone = net.mode === 'enforce' ? 'ok' : net.mode === 'off' ? 'quiet' : 'info';
  return (
    <Status tone={tone}>
      <span>
        {STANDING[net.mode]}
        {net.modeSince === 0 ? null : (
          <>
            {' '}
            since <Moment at={net.modeSince} />
          </>
        )}
      </span>
    </Status>
  );
}

export function ModeBar() {
  const shown = useNetwork();
  const { net } = shown;
  const [, says] = MODES[net.mode];
  return (
    <section className="pl-card pl-pad nw-mode" aria-label="Enforcement">
      <div>
        <ModeLadder />
        {shown.hat === 'assess' ? null : <p className="pl-on-paper pl-strong">{MODES[net.mode][0]}</p>}
        <p className="pl-dim pl-small" style={{ marginTop: 8, maxWidth: '58ch' }}>
          {says}
        </p>
      </div>
      {net.apply === undefined ? <NothingLoaded /> : <LastApply apply={net.apply} />}
    </section>
  );
}

function ModeLadder() {
  const shown = useNetwork();
  const viewer = useViewer();
  const change = useChangeMode();
  const unless = pastReason(shown) ?? lacking(viewer.may, 'network.enforce');
  // What somebody can never turn is no switch to them.
  if (shown.hat === 'assess') return <p className="pl-strong">{MODES[shown.net.mode][0]}</p>;
  return (
    <SegmentedControl
      aria-label="How far the gateway goes"
      value={shown.net.mode}
      readOnly={unless !== undefined}
      title={unless}
      onChange={(value) => {
        if (unless === undefined && isMode(value)) change(value);
      }}
      data={LADDER.map((mode) => ({ value: mode, label: MODES[mode][0] }))}
    />
  );
}

function useChangeMode() {
  const { net } = useNetwork();
  const confirm = useConfirm();
  const change = useAct('change-network-mode');
  return (mode: NetworkMode) => {
    const [word, says] = MODES[mode];
    const isLower = LADDER.indexOf(mode) < LADDER.indexOf(net.mode);
    const wouldRefuse = net.findings.filter(({ finding }) => finding === 'would-refuse').length;
    confirm({
      title: `Switch to ${word.toLowerCase()}?`,
      body: (
        <>
          <p>{says}</p>
          {mode === 'enforce' && wouldRefuse > 0 ? (
            <p style={{ marginTop: 6 }}>
              <Status tone="warn">{countText(wouldRefuse, 'connection')} seen lately would be refused.</Status>
            </p>
          ) : null}
          {mode === 'off' ? null : (
            <p className="pl-dim" style={{ marginTop: 6 }}>
              The rules that are loaded now come back by themselves unless you keep the new ones within a minute.
            </p>
          )}
        </>
      ),
      verb: `Switch to ${word.toLowerCase()}`,
      danger: isLower,
      reason: isLower ? 'required' : 'optional',
      act: (reason) => change.mutateAsync({ body: reason === undefined ? { mode } : { mode, reason } }),
    });
  };
}

function NothingLoaded() {
  return (
    <div className="nw-applied">
      <Status tone="quiet">No gateway has loaded rules yet</Status>
      <p className="pl-dim pl-small">
        Start the gate beside the warden on the machine that routes between the zones, then switch to observe.
      </p>
    </div>
  );
}

function LastApply({ apply }: { readonly apply: ApplyView }) {
  const shown = useNetwork();
  const viewer = useViewer();
  const again = useAct('apply-again');
  const unless = pastReason(shown) ?? lacking(viewer.may, 'network.enforce');
  const isBack = apply.standing === 'rolled-back';
  return (
    <div className="nw-applied">
      <div className="pl-spread">
        <Status tone={isBack ? 'bad' : apply.standing === 'confirmed' ? 'ok' : 'warn'}>
          <span>
            {isBack ? 'Rolled back' : 'Loaded, read back, proved equal'} <Moment at={apply.at} />
            {apply.standing === 'unconfirmed' ? '; not confirmed yet' : ''}
          </span>
        </Status>
        <ActButton
          size="compact-sm"
          variant="default"
          unless={unless}
          onClick={() => again.mutate({}, { onSuccess: () => say('The gateway was asked.'), onError: sayRefused })}
        >
          Load again
        </ActButton>
      </div>
      {isBack ? <p className="pl-small">{apply.why}</p> : null}
      <p className="pl-dim pl-small">
        {countText(apply.elements, 'element')} in one commit of {millisText(apply.commitMs)}, from the model of{' '}
        {countText(apply.fromSize, 'entry', 'entries')}
      </p>
      <p className="pl-dim pl-small nw-hashes">
        rules <Digest value={apply.rulesSha256} what="hash of the rules" chars={10} /> listing{' '}
        <Digest value={apply.listingSha256} what="hash of the listing" chars={10} />
      </p>
    </div>
  );
}
