/** Removal of snapshots that have had their time: asked by one, approved by another, carried out a week later, and paused by any alarm. */
import { FileInput, Modal, Textarea } from '@mantine/core';
import { useState } from 'react';
import { parseRemovalList } from '#model/removal-list.ts';
import type { RemovalFacts } from '#model/removal-list.ts';
import type { PruneView, VaultView } from '#api/endpoints/backup-views.ts';
import { useAct, useAnswer } from '../data/query.ts';
import { useViewer } from '../data/viewer.ts';
import { ActButton, lacking } from '../kit/act-button.tsx';
import { Answer, RefusedHere } from '../kit/answer.tsx';
import { useConfirm } from '../kit/confirm.tsx';
import { Digest } from '../kit/digest.tsx';
import { Moment } from '../kit/moment.tsx';
import { Section } from '../kit/page.tsx';
import { PersonName } from '../kit/person-name.tsx';
import { say } from '../kit/say.ts';
import { Notice, Status } from '../kit/status.tsx';
import { Table } from '../kit/table.tsx';
import { bytesText, countText } from '../kit/words.ts';
import { pastReason, useBackups } from './backup-context.ts';
import { DialogEnd } from '../kit/dialog-end.tsx';

export function Removals() {
  const { prunes, prunePaused } = useBackups().backups;
  return (
    <Section title="Removals" note="One asks, another approves, and nothing goes for a week after that">
      {prunePaused ? (
        <div style={{ marginBottom: 10 }}>
          <Notice tone="warn">Paused: nothing is removed anywhere while an alarm is open.</Notice>
        </div>
      ) : null}
      {prunes.length === 0 ? (
        <p className="pl-dim">Nobody asked to remove anything.</p>
      ) : (
        <Table
          label="Removals"
          rows={prunes}
          keyOf={({ id }) => id}
          columns={[
            { head: 'Vault', cell: ({ vault }) => vault.name },
            {
              head: 'What',
              cell: ({ snapshotCount, bytes, client, objectsSha256 }) => (
                <span className="bk-two-lines">
                  <span>{`${countText(snapshotCount, 'snapshot')}, ${bytesText(bytes)}`}</span>
                  {client === undefined || objectsSha256 === undefined ? null : (
                    <span className="pl-dim pl-small">
                      {client}, list <Digest value={objectsSha256} what="SHA-256 of the list" />
                    </span>
                  )}
                </span>
              ),
            },
            {
              head: 'Asked',
              cell: ({ askedBy, askedAt, reason }) => (
                <span className="bk-two-lines">
                  <span>
                    {askedBy === undefined ? 'the console' : <PersonName person={askedBy} />}, <Moment at={askedAt} />
                  </span>
                  <span className="pl-dim pl-small">“{reason}”</span>
                </span>
              ),
            },
            { head: 'State', cell: (prune) => <PruneState prune={prune} /> },
            { head: 'Decision', end: true, cell: (prune) => <Decision prune={prune} /> },
          ]}
        />
      )}
    </Section>
  );
}

function PruneState({ prune: { standing, notBefore } }: { readonly prune: PruneView }) {
  switch (standing) {
    case 'asked':
      return <Status tone="info">Waits for somebody else</Status>;
    case 'approved':
      return (
        <Status tone="held">
          <span>Approved; goes {notBefore === undefined ? 'later' : <Moment at={notBefore} />} at the earliest</span>
        </Status>
      );
    case 'declined':
      return <Status tone="quiet">Declined</Status>;
    case 'finished':
      return <Status tone="quiet">Removed</Status>;
  }
}

function Decision({ prune }: { readonly prune: PruneView }) {
  const shown = useBackups();
  const viewer = useViewer();
  const confirm = useConfirm();
  const [approve, decline] = [useAct('approve-prune'), useAct('decline-prune')];
  const { id, standing, vault, snapshotCount, notYou } = prune;
  if (standing !== 'asked' && standing !== 'approved') return null;
  const params = { prune: id };
  const past = pastReason(shown);
  return (
    <span className="pl-row bk-acts">
      {standing === 'asked' ? (
        <ActButton
          size="compact-sm"
          unless={past ?? notYou}
          onClick={() =>
            confirm({
              title: `Remove ${countText(snapshotCount, 'snapshot')} from ${vault.name}?`,
              body: 'They go a week from now at the earliest; until then anybody who may approve can still decline. Afterwards they are gone.',
              verb: 'Approve the removal',
              danger: true,
              act: () => approve.mutateAsync({ params }),
            })
          }
        >
          Approve…
        </ActButton>
      ) : null}
      <ActButton
        size="compact-sm"
        variant="default"
        unless={past ?? lacking(viewer.may, 'prune.approve')}
        onClick={() =>
          confirm({
            title: 'Decline this removal?',
            body: 'Nothing is removed.',
            verb: 'Decline',
            reason: 'required',
            act: (reason) => decline.mutateAsync({ params, body: { reason: reason ?? '' } }),
          })
        }
      >
        Decline…
      </ActButton>
    </span>
  );
}

export function AskRemoval({ vault, close }: { readonly vault: VaultView; readonly close: () => void }) {
  const answer = useAnswer('removable-backups', { params: { vault: vault.id } });
  const [reason, setReason] = useState('Kept as long as the policy says.');
  const ask = useAct('ask-prune');
  const [list, setList] = useState<RemovalFacts | 'none' | undefined>(undefined);
  const unless =
    list === undefined
      ? 'Choose the list of what goes.'
      : list === 'none'
        ? 'This file is no list.'
        : reason.trim() === ''
          ? 'Say why.'
          : undefined;
  const save = () => {
    if (unless !== undefined || list === undefined || list === 'none') return;
    ask.mutate(
      {
        params: { vault: vault.id },
        body: { list, reason: reason.trim() },
      },
      {
        onSuccess: () => {
          say('Asked. Somebody else approves it.');
          close();
        },
      },
    );
  };
  return (
    <Modal
      opened
      onClose={close}
      size="lg"
      title={`Remove from ${vault.name}`}
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      <div className="pl-stack">
        <Answer of={answer} rows={3}>
          {({ snapshots: rows, more }) =>
            rows.length === 0 ? (
              <Notice>
                Nothing has had its time: every snapshot there is locked, held, kept by its policy, or the newest.
              </Notice>
            ) : (
              <>
                <Table
                  label="Snapshots that have had their time"
                  rows={rows}
                  keyOf={({ backup }) => backup}
                  columns={[
                    { head: 'Project', cell: ({ project }) => project.alias },
                    { head: 'Shows', cell: ({ showsAt }) => <Moment at={showsAt} as="date" /> },
                    { head: 'Brought', end: true, cell: ({ addedBytes }) => bytesText(addedBytes) },
                  ]}
                />
                {more > 0 ? <p className="pl-dim pl-small">{countText(more, 'more')}; ask again afterwards.</p> : null}
              </>
            )
          }
        </Answer>
        <FileInput
          label="List"
          description="picturelock backup removal-list PROJECT --expired --out list.txt, on the facility’s machine"
          placeholder="list.txt"
          required
          error={list === 'none' ? 'This is no list of backup removal-list.' : undefined}
          onChange={(file) => {
            ask.reset(); // what was said was said of another list
            void factsOf(file).then(setList);
          }}
        />
        {list === undefined || list === 'none' ? null : (
          <p className="pl-small">
            {countText(list.snapshots.length, 'snapshot')} of {list.client}: {countText(list.objects, 'object')},{' '}
            {bytesText(list.bytes)} go; {bytesText(list.staysBytes)} that nobody needs stay beside what somebody needs.
          </p>
        )}
        <Textarea
          label="Reason"
          required
          maxLength={1000}
          value={reason}
          onChange={(event) => setReason(event.currentTarget.value)}
        />
        {ask.error === null ? null : <RefusedHere error={ask.error} />}
        <DialogEnd close={close} verb="Ask to remove them" unless={unless} busy={ask.isPending} save={save} danger />
      </div>
    </Modal>
  );
}

/** What the first line of the file says; the vault holds its other lines to it. */
async function factsOf(file: File | null): Promise<RemovalFacts | 'none' | undefined> {
  return file === null ? undefined : (parseRemovalList(await file.text())?.facts ?? 'none');
}
