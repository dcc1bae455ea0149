/** Signs of an attack in what was backed up: what was seen, what is safe, and who says what it was. */
import { Button, Modal, Radio, Textarea } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import { useState } from 'react';
import { Link } from 'react-router';
import type { AlarmView } from '#api/endpoints/backup-views.ts';
import { useAct } from '../data/query.ts';
import { useViewer } from '../data/viewer.ts';
import { ActButton, lacking } from '../kit/act-button.tsx';
import { Empty, RefusedHere } from '../kit/answer.tsx';
import { Moment } from '../kit/moment.tsx';
import { PersonName } from '../kit/person-name.tsx';
import { Notice, Status } from '../kit/status.tsx';
import { countText } from '../kit/words.ts';
import { QuarantineAct } from '../network/quarantine-act.tsx';
import { paths } from '../paths.ts';
import { pastReason, useBackups } from './backup-context.ts';
import { alarmSubject, SIGNS } from './backup-words.ts';
import { DialogEnd } from '../kit/dialog-end.tsx';

export function AlarmBanner() {
  const { backups, hat } = useBackups();
  const open = backups.alarms.filter(({ settled }) => settled === undefined);
  if (open.length === 0) return null;
  return (
    <div style={{ marginBottom: 12 }}>
      <Notice tone="bad">
        <strong>
          {open.length === 1
            ? `${open[0] === undefined ? '' : alarmSubject(open[0])} looks as if it was attacked.`
            : `${open.length} alarms are open.`}
        </strong>{' '}
        Nothing is removed from any vault meanwhile. <Link to={paths.backups(hat, 'alarms')}>Look at the signs</Link>
      </Notice>
    </div>
  );
}

export function AlarmsTab() {
  const { alarms } = useBackups().backups;
  if (alarms.length === 0)
    return (
      <Empty isGood title="No alarm was raised">
        Every backup is looked at as it passes: footage that changed, bytes that turned random, files that are not what
        they are named.
      </Empty>
    );
  return (
    <div className="pl-stack" style={{ gap: 16 }}>
      {alarms.map((alarm) => (
        <AlarmCard key={alarm.id} alarm={alarm} />
      ))}
    </div>
  );
}

function AlarmCard({ alarm }: { readonly alarm: AlarmView }) {
  const { raisedAt, signs, settled } = alarm;
  return (
    <article className={settled === undefined ? 'pl-card bk-alarm bk-alarm-open' : 'pl-card bk-alarm'}>
      <header className="pl-spread">
        <div className="pl-row" style={{ gap: 10, flexWrap: 'nowrap' }}>
          <IconAlertTriangle
            size={24}
            color={settled === undefined ? 'var(--pl-bad)' : 'var(--pl-faint)'}
            aria-hidden
          />
          <div>
            <h2>{alarmSubject(alarm)}</h2>
            <p className="pl-dim pl-small">
              <Moment at={raisedAt} />, {countText(signs.length, 'sign')}
            </p>
          </div>
        </div>
        <AlarmState alarm={alarm} />
      </header>
      <ul className="bk-signs">
        {signs.map((sign) => (
          <li key={sign.sign}>
            <span className="pl-strong">{SIGNS[sign.sign] ?? sign.sign}</span>{' '}
            {sign.files > 0 ? <span className="pl-dim">({countText(sign.files, 'file')})</span> : null}
            <p>{sign.says}</p>
            {sign.examples.length === 0 ? null : (
              <p className="pl-small pl-dim">
                {sign.examples.map((path) => (
                  <code key={path}>{path}</code>
                ))}
                {sign.files > sign.examples.length
                  ? `and ${countText(sign.files - sign.examples.length, 'more file')}`
                  : null}
              </p>
            )}
          </li>
        ))}
      </ul>
      {alarm.project === undefined ? null : <LastClean alarm={alarm} project={alarm.project} />}
      <Settle alarm={alarm} />
    </article>
  );
}

function AlarmState({ alarm: { settled } }: { readonly alarm: AlarmView }) {
  if (settled === undefined) return <Status tone="bad">Open: every removal is paused</Status>;
  return (
    <Status tone={settled.genuine ? 'bad' : 'ok'}>{settled.genuine ? 'It was an attack' : 'It was harmless'}</Status>
  );
}

interface LastCleanProps {
  readonly alarm: AlarmView;
  readonly project: NonNullable<AlarmView['project']>;
}

function LastClean({ alarm: { lastClean }, project }: LastCleanProps) {
  const { hat } = useBackups();
  if (lastClean === undefined)
    return <Notice tone="warn">No earlier snapshot is known in which nothing was found.</Notice>;
  const { backup, at } = lastClean;
  return (
    <p>
      Last snapshot in which nothing was found:{' '}
      {backup === undefined ? (
        <code>{lastClean.snapshot.slice(0, 12)}</code>
      ) : (
        <Link to={paths.backups(hat, 'restore', { project: project.alias, backup })}>
          {at === undefined ? lastClean.snapshot.slice(0, 12) : <Moment at={at} />}
        </Link>
      )}
    </p>
  );
}

function Settle({ alarm }: { readonly alarm: AlarmView }) {
  const shown = useBackups();
  const viewer = useViewer();
  const [open, setOpen] = useState(false);
  const { settled, project } = alarm;
  if (settled !== undefined)
    return (
      <p className="pl-dim">
        {settled.by === undefined ? 'The console' : <PersonName person={settled.by} />} <Moment at={settled.at} />: “
        {settled.reason}”
      </p>
    );
  return (
    <footer className="pl-row">
      {project === undefined ? null : <RestoreClean alarm={alarm} project={project} />}
      {project === undefined ? null : (
        <QuarantineAct
          scope={{ kind: 'project', project: project.id }}
          name={project.alias}
          unless={pastReason(shown)}
        />
      )}
      <ActButton
        variant="default"
        unless={pastReason(shown) ?? lacking(viewer.may, 'backup.run')}
        onClick={() => setOpen(true)}
      >
        Settle…
      </ActButton>
      {open ? <SettleDialog alarm={alarm} close={() => setOpen(false)} /> : null}
    </footer>
  );
}

/** The way back, and who was at the files meanwhile. */
function RestoreClean({ alarm: { lastClean, raisedAt }, project }: LastCleanProps) {
  const { hat } = useBackups();
  const since = lastClean?.at;
  return (
    <>
      {lastClean?.backup === undefined ? null : (
        <Button
          component={Link}
          to={paths.backups(hat, 'restore', { project: project.alias, backup: lastClean.backup })}
        >
          Restore clean…
        </Button>
      )}
      <Button
        variant="default"
        component={Link}
        to={paths.ledger(hat, {
          project: project.alias,
          kind: 'file.write',
          until: raisedAt,
          ...(since === undefined ? {} : { from: since }),
        })}
      >
        Who wrote files since
      </Button>
    </>
  );
}

function SettleDialog({ alarm, close }: { readonly alarm: AlarmView; readonly close: () => void }) {
  const [was, setWas] = useState<string>();
  const [reason, setReason] = useState('');
  const settle = useAct('settle-alarm');
  const unless = was === undefined ? 'Say what it was.' : reason.trim() === '' ? 'Say how you know.' : undefined;
  const save = () => {
    if (unless !== undefined) return;
    const body = { genuine: was === 'attack', reason: reason.trim() };
    settle.mutate({ params: { alarm: alarm.id }, body }, { onSuccess: close });
  };
  return (
    <Modal
      opened
      onClose={close}
      title={`What was it? ${alarmSubject(alarm)}`}
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      <div className="pl-stack">
        <Radio.Group value={was ?? null} onChange={setWas} label="It was" required>
          <div className="pl-stack" style={{ gap: 8, marginTop: 6 }}>
            <Radio
              value="attack"
              label="An attack: its snapshots stay marked, and are passed over when newest-clean is restored"
            />
            <Radio value="harmless" label="Harmless: its snapshots count as clean again" />
          </div>
        </Radio.Group>
        <Textarea
          label="How you know"
          description="Kept in the ledger. Removals go on afterwards."
          required
          maxLength={1000}
          value={reason}
          onChange={(event) => setReason(event.currentTarget.value)}
        />
        {settle.error === null ? null : <RefusedHere error={settle.error} />}
        <DialogEnd close={close} verb="Settle the alarm" unless={unless} busy={settle.isPending} save={save} />
      </div>
    </Modal>
  );
}
