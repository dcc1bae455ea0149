/** The last question before a restore: beside what is there, or in its place; and why. */
import { Checkbox, Modal, Radio, Textarea } from '@mantine/core';
import { useState } from 'react';
import { useAct } from '../data/query.ts';
import { RefusedHere } from '../kit/answer.tsx';
import { say } from '../kit/say.ts';
import { Notice } from '../kit/status.tsx';
import { absoluteText } from '../kit/words.ts';
import { DialogEnd } from './dialog-end.tsx';
import type { Shot } from './snapshots.ts';

interface RestoreDialogProps {
  readonly alias: string;
  readonly shot: Shot;
  /** Beneath the workspace; '' is all of it. */
  readonly path: string;
  readonly close: () => void;
}

export function RestoreDialog({ alias, shot, path, close }: RestoreDialogProps) {
  const [mode, setMode] = useState<'aside' | 'in-place'>('aside');
  const [newestClean, setNewestClean] = useState(false);
  const [reason, setReason] = useState('');
  const begin = useAct('begin-restore');
  const what = path === '' ? `everything of ${alias}` : path;
  const unless = reason.trim() === '' ? 'Say why.' : undefined;
  const save = () => {
    if (unless !== undefined) return;
    begin.mutate(
      {
        body: { backup: shot.backup.id, path, at: shot.showsAt, mode, newestClean, reason: reason.trim() },
      },
      {
        onSuccess: () => {
          say(`The restore of ${what} was begun. It is an entry of the ledger.`);
          close();
        },
      },
    );
  };
  return (
    <Modal opened onClose={close} size="lg" title={`Restore ${what}`} closeButtonProps={{ 'aria-label': 'Close' }}>
      <div className="pl-stack">
        <p className="pl-dim">As it was on {absoluteText(shot.showsAt)}.</p>
        <Radio.Group
          label="Where to"
          value={mode}
          onChange={(value) => setMode(value === 'in-place' ? 'in-place' : 'aside')}
        >
          <div className="pl-stack" style={{ gap: 8, marginTop: 6 }}>
            <Radio value="aside" label="Beside what is there: in a folder of its own, nothing is touched" />
            <Radio value="in-place" label="In its place: what is there now is set aside, not removed" />
          </div>
        </Radio.Group>
        {mode === 'in-place' ? (
          <Notice tone="warn">
            People who have these files open go on with the old ones until they open them again.
          </Notice>
        ) : null}
        <Checkbox
          label="For each file that an alarm is about, take the newest clean version before it"
          checked={newestClean}
          onChange={(event) => setNewestClean(event.currentTarget.checked)}
        />
        <Textarea
          label="Reason"
          description="Kept in the ledger."
          required
          maxLength={1000}
          autosize
          minRows={2}
          value={reason}
          onChange={(event) => setReason(event.currentTarget.value)}
          data-autofocus
        />
        {begin.error === null ? null : <RefusedHere error={begin.error} />}
        <DialogEnd
          close={close}
          verb="Restore"
          unless={unless}
          busy={begin.isPending}
          save={save}
          danger={mode === 'in-place'}
        />
      </div>
    </Modal>
  );
}
