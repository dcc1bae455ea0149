/** What a change would open and close, and which invariants it would break: shown before it is made. */
import { IconDoorEnter, IconLock, IconUserCheck } from '@tabler/icons-react';
import type { AccessChangeView, NetworkPreviewView } from '#api/endpoints/network-views.ts';
import { Moment } from '../kit/moment.tsx';
import { Notice, Status } from '../kit/status.tsx';
import { countText } from '../kit/words.ts';
import { PacketLine } from './packet-line.tsx';
import { FailingTests } from './policy-tests.tsx';

export function Preview({ preview }: { readonly preview: NetworkPreviewView }) {
  const { opens, closes, shares, moreOpens, moreCloses, invariants, tests, refused } = preview;
  const isQuiet = [opens, closes, shares, invariants, tests].every(({ length }) => length === 0);
  const nothing = isQuiet && refused === undefined;
  return (
    <section className="nw-preview" aria-label="What this does" aria-live="polite">
      <h3>What this does</h3>
      {nothing ? <p className="pl-dim pl-small">It opens nothing and closes nothing.</p> : null}
      <Changes title="Newly opens" icon={<IconDoorEnter size={15} aria-hidden />} changes={opens} more={moreOpens} />
      <Changes title="Closes" icon={<IconLock size={15} aria-hidden />} changes={closes} more={moreCloses} />
      <Changes
        title="While a person holds a session at that machine"
        icon={<IconUserCheck size={15} aria-hidden />}
        changes={shares}
        more={0}
      />
      {invariants.map((one) => (
        <InvariantChange key={one.id} change={one} />
      ))}
      <FailingTests tests={tests} />
      {refused === undefined ? null : (
        <Notice tone="bad">
          <strong>{refused.message}</strong> {refused.ask}
        </Notice>
      )}
    </section>
  );
}

type InvariantChangeView = NetworkPreviewView['invariants'][number];

function InvariantChange({ change }: { readonly change: InvariantChangeView }) {
  const { id, title, broken, healed, excepted } = change;
  return (
    <div className="nw-preview-invariant">
      <div className="pl-row" style={{ gap: 6 }}>
        {broken.length > 0 ? (
          <Status tone="bad">Breaks {id}</Status>
        ) : excepted.length > 0 ? (
          <Status tone="held">{id} excepted</Status>
        ) : (
          <Status tone="ok">Heals {id}</Status>
        )}
        <span className="pl-dim">{title}</span>
      </div>
      {broken.map((violation) => (
        <div key={violation.says} className="pl-small">
          {violation.says} {violation.packet === undefined ? null : <PacketLine packet={violation.packet} />}
          <div className="pl-dim">{violation.next}</div>
        </div>
      ))}
      {broken.length === 0
        ? [...excepted, ...healed].map((violation) => (
            <div key={violation.says} className="pl-small pl-dim">
              {violation.says}
            </div>
          ))
        : null}
    </div>
  );
}

interface ChangesProps {
  readonly title: string;
  readonly icon: React.ReactNode;
  readonly changes: readonly AccessChangeView[];
  readonly more: number;
}

function Changes({ title, icon, changes, more }: ChangesProps) {
  if (changes.length === 0) return null;
  return (
    <div>
      <div className="pl-row nw-preview-head">
        {icon}
        {title}
      </div>
      <ul className="nw-preview-list">
        {changes.map((change, index) => (
          <li key={`${index} ${change.rule}`}>
            <b>{change.from}</b> may start connections to <b>{change.to}</b> on {change.on}
            {change.until === undefined ? null : (
              <span className="pl-dim">
                , until <Moment at={change.until} as="date" />
              </span>
            )}
          </li>
        ))}
        {more === 0 ? null : <li className="pl-dim">and {countText(more, 'more', 'more')}</li>}
      </ul>
    </div>
  );
}

export function NoPreview({ error }: { readonly error: Error }) {
  return (
    <Status tone="warn">
      <span>Not previewed: {error.message}</span>
    </Status>
  );
}
