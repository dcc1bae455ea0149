/** The last question before a restore: beside what is there, or in its place; and why. */
import { Checkbox, Radio, Textarea } from '@mantine/core';
import { useState } from 'react';
import type { PersonId } from '#std/ids.ts';
import { useAct } from '../data/query.ts';
import { FormDialog } from '../kit/form-dialog.tsx';
import { say } from '../kit/say.ts';
import { Notice } from '../kit/status.tsx';
import { absoluteText } from '../kit/words.ts';
import type { RestoreFrom } from './snapshots.ts';

interface RestoreDialogProps {
  readonly alias: string;
  readonly shot: RestoreFrom;
  /** Beneath the workspace; '' is all of it. */
  readonly path: string;
  /** How much it is, where that is known without walking it. */
  readonly amount?: string | undefined;
  /** Only what this person touched since then. */
  readonly touched?: { readonly by: PersonId; readonly since: number };
  readonly close: () => void;
}

export function RestoreDialog({ alias, shot, path, amount, touched, close }: RestoreDialogProps) {
  const [mode, setMode] = useState<'aside' | 'in-place'>('aside');
  const [newestClean, setNewestClean] = useState(false);
  const [reason, setReason] = useState('');
  const begin = useAct('begin-restore');
  const everything = touched === undefined ? `everything of ${alias}` : `what they touched of ${alias}`;
  const what = path === '' ? everything : path;
  const unless = reason.trim() === '' ? 'Say why.' : undefined;
  const save = () => {
    begin.mutate(
      {
        body: {
          backup: shot.backup,
          path,
          at: shot.showsAt,
          mode,
          newestClean,
          reason: reason.trim(),
          ...(touched === undefined ? {} : { touched }),
        },
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
    <FormDialog
      title={`Restore ${what}`}
      verb="Restore"
      unless={unless}
      busy={begin.isPending}
      error={begin.error}
      save={save}
      close={close}
      danger={mode === 'in-place'}
    >
      <p className="pl-dim">
        {touched === undefined
          ? `As it was on ${absoluteText(shot.showsAt)}${amount === undefined ? '' : `: ${amount}`}.`
          : 'Each file as it was before they first touched it, out of the newest snapshot from before.'}
      </p>
      <Radio.Group
        label="Where to"
        value={mode}
        onChange={(value) => setMode(value === 'in-place' ? 'in-place' : 'aside')}
      >
        <div className="pl-stack" style={{ gap: 8, marginTop: 6 }}>
          <Radio value="aside" label="Beside what is there: nothing is touched" description={asidePlace(path)} />
          <Radio
            value="in-place"
            label="In its place"
            description="What is there now is kept, under a name that ends in “before restore …”."
          />
        </div>
      </Radio.Group>
      {mode === 'in-place' ? (
        <Notice tone="warn">
          People who have these files open go on with the old ones until they open them again.
        </Notice>
      ) : null}
      {touched === undefined ? (
        <Checkbox
          label="Each file as it last was before an alarm touched it"
          description="Out of several snapshots: what no alarm touched comes from this one, the rest from before. A report says which came from where."
          checked={newestClean}
          onChange={(event) => setNewestClean(event.currentTarget.checked)}
        />
      ) : null}
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
    </FormDialog>
  );
}

/** Beside the original; top folders of a workspace are fixed, so what is beside them stands within. */
function asidePlace(path: string): string {
  const parent = path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : path;
  return `In a new folder called “restored …” in ${parent === '' ? 'each top folder' : parent}.`;
}
