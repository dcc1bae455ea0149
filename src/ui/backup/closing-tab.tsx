/** The end of a project: delivered, archived, proved, its keys destroyed. Each step is an entry; the last takes two people and a week. */
import { Button, Textarea, TextInput } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import { useState } from 'react';
import type { ReactNode } from 'react';
import type { ClosingView } from '#api/endpoints/backup-closing.ts';
import { useAct, useAnswer } from '../data/query.ts';
import { call } from '../data/client.ts';
import { save } from '../data/save.ts';
import { ActButton } from '../kit/act-button.tsx';
import { Answer, Empty } from '../kit/answer.tsx';
import { useConfirm } from '../kit/confirm.tsx';
import { Digest } from '../kit/digest.tsx';
import { FormDialog } from '../kit/form-dialog.tsx';
import { Moment } from '../kit/moment.tsx';
import { Section } from '../kit/page.tsx';
import { PersonName } from '../kit/person-name.tsx';
import { say, sayRefused } from '../kit/say.ts';
import { Status } from '../kit/status.tsx';
import { bytesText, countText } from '../kit/words.ts';
import { pastReason, useBackups } from './backup-context.ts';

export function ClosingTab() {
  const { at } = useBackups();
  const answer = useAnswer('closings', { query: { at } }, { keep: true });
  return (
    <>
      <Answer of={answer} rows={6}>
        {({ closings }) =>
          closings.length === 0 ? (
            <Empty title="No project with backups is over">
              When one is wrapped, its end is closed here: delivered, archived, proved, and its keys destroyed.
            </Empty>
          ) : (
            closings.map((closing) => <Closing key={closing.project.id} closing={closing} />)
          )
        }
      </Answer>
    </>
  );
}

interface ClosingProps {
  readonly closing: ClosingView;
}

function Closing({ closing }: ClosingProps) {
  const { project, destroyed } = closing;
  return (
    <Section
      title={project.alias}
      note={destroyed === undefined ? 'It is over; its backups go on until they are closed' : 'Closed for good'}
    >
      <ol className="bk-steps pl-card">
        <Delivered closing={closing} />
        <Archived closing={closing} />
        <Proved closing={closing} />
        <Asked closing={closing} />
        <Destroyed closing={closing} />
      </ol>
    </Section>
  );
}

interface StepProps {
  readonly title: string;
  readonly at: number | undefined;
  /** What it says once it was taken. */
  readonly says?: ReactNode;
  /** What it is about, until then. */
  readonly about: ReactNode;
  readonly acts?: ReactNode;
}

function Step({ title, at, says, about, acts }: StepProps) {
  return (
    <li>
      <div className="bk-two-lines">
        <span className="pl-row">
          <strong>{title}</strong>
          {at === undefined ? (
            <Status tone="quiet">Not yet</Status>
          ) : (
            <Status tone="ok">
              <Moment at={at} />
            </Status>
          )}
        </span>
        <span className="pl-dim pl-small pl-break">{at === undefined ? about : says}</span>
      </div>
      {acts === undefined ? null : <span className="pl-row bk-acts pl-no-print">{acts}</span>}
    </li>
  );
}

function Delivered({ closing: { project, delivered, unless } }: ClosingProps) {
  const past = pastReason(useBackups());
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <Step
        title="Delivered"
        at={delivered?.at}
        about="To whom it went, and what."
        says={
          <>
            To {delivered?.to}: {delivered?.what}
          </>
        }
        acts={
          <ActButton size="compact-sm" variant="default" unless={past ?? unless.deliver} onClick={() => setOpen(true)}>
            {delivered === undefined ? 'Record the delivery…' : 'Record it anew…'}
          </ActButton>
        }
      />
      {isOpen ? <DeliveryDialog alias={project.alias} close={() => setOpen(false)} /> : null}
    </>
  );
}

function DeliveryDialog({ alias, close }: { readonly alias: string; readonly close: () => void }) {
  const record = useAct('record-delivery');
  const [to, setTo] = useState('');
  const [what, setWhat] = useState('');
  const unless = to.trim() === '' ? 'Say to whom.' : what.trim() === '' ? 'Say what.' : undefined;
  const done = () =>
    record.mutate(
      { params: { project: alias }, body: { to: to.trim(), what: what.trim() } },
      {
        onSuccess: () => {
          say('The delivery is on record.');
          close();
        },
      },
    );
  return (
    <FormDialog
      title={`Delivery of ${alias}`}
      verb="Record it"
      unless={unless}
      busy={record.isPending}
      error={record.error}
      save={done}
      close={close}
      size="md"
    >
      <TextInput
        label="To whom"
        required
        maxLength={80}
        value={to}
        onChange={(event) => setTo(event.currentTarget.value)}
        data-autofocus
      />
      <Textarea
        label="What"
        description="Media, serial numbers, links, who signed for it."
        required
        maxLength={1000}
        autosize
        minRows={2}
        value={what}
        onChange={(event) => setWhat(event.currentTarget.value)}
      />
    </FormDialog>
  );
}

function Archived({ closing: { project, archived, unless } }: ClosingProps) {
  const past = pastReason(useBackups());
  const archive = useAct('archive-project');
  const params = { project: project.id };
  return (
    <Step
      title="Archived"
      at={archived?.at}
      about="The newest snapshot from after the wrap is named as the archive."
      says={
        archived === undefined ? null : (
          <>
            {countText(archived.files, 'file')}, {bytesText(archived.bytes)}:{' '}
            <Digest value={archived.snapshot} what="the snapshot" />
          </>
        )
      }
      acts={
        <ActButton
          size="compact-sm"
          variant="default"
          unless={past ?? unless.archive}
          loading={archive.isPending}
          onClick={() =>
            archive.mutate({ params }, { onSuccess: () => say('The archive is named.'), onError: sayRefused })
          }
        >
          Name the archive
        </ActButton>
      }
    />
  );
}

function Proved({ closing: { project, proved, unless } }: ClosingProps) {
  const past = pastReason(useBackups());
  const prove = useAct('prove-archive');
  const params = { project: project.id };
  return (
    <Step
      title="Proved"
      at={proved?.at}
      about="A drill that held has restored what is in the archive, to the byte."
      says={
        proved === undefined ? null : (
          <>
            Report <Digest value={proved.reportSha256} what="the report’s hash" />
          </>
        )
      }
      acts={
        <ActButton
          size="compact-sm"
          variant="default"
          unless={past ?? unless.prove}
          loading={prove.isPending}
          onClick={() =>
            prove.mutate({ params }, { onSuccess: () => say('The archive is proved.'), onError: sayRefused })
          }
        >
          Prove it
        </ActButton>
      }
    />
  );
}

function Asked({ closing }: ClosingProps) {
  const { project, asked, approved, destroyed, unless } = closing;
  const past = pastReason(useBackups());
  const confirm = useConfirm();
  const [ask, approve, decline] = [
    useAct('ask-key-destruction'),
    useAct('approve-key-destruction'),
    useAct('decline-key-destruction'),
  ];
  const params = { project: project.id };
  const askIt = () =>
    confirm({
      title: `Ask to destroy the keys of ${project.alias}?`,
      body: 'Somebody else approves it, and a week later the keys are gone: no copy of this project in any vault can be read again, by anybody.',
      verb: 'Ask for it',
      danger: true,
      reason: 'required',
      act: (reason) => ask.mutateAsync({ params, body: { reason: reason ?? '' } }),
    });
  const approveIt = () =>
    confirm({
      title: `Approve that the keys of ${project.alias} are destroyed?`,
      body: 'It is done in a week, and cannot be undone then. Until then it can be declined.',
      verb: 'Approve it',
      danger: true,
      act: () => approve.mutateAsync({ params }),
    });
  const declineIt = () =>
    confirm({
      title: `Keep the keys of ${project.alias}?`,
      body: 'What was asked for is declined. It can be asked for again.',
      verb: 'Decline it',
      reason: 'required',
      act: (reason) => decline.mutateAsync({ params, body: { reason: reason ?? '' } }),
    });
  return (
    <Step
      title="Destruction approved"
      at={approved?.at}
      about={<AskedText closing={closing} />}
      says={
        approved === undefined ? null : (
          <>
            {approved.by === undefined ? 'Approved' : <PersonName person={approved.by} />}; the keys are destroyed after{' '}
            <Moment at={approved.notBefore} as="full" />
          </>
        )
      }
      acts={
        destroyed !== undefined ? undefined : asked === undefined ? (
          <ActButton size="compact-sm" variant="default" color="red" unless={past ?? unless.ask} onClick={askIt}>
            Ask to destroy the keys…
          </ActButton>
        ) : (
          <>
            {approved === undefined ? (
              <ActButton size="compact-sm" color="red" unless={past ?? unless.approve} onClick={approveIt}>
                Approve…
              </ActButton>
            ) : null}
            <ActButton size="compact-sm" variant="default" unless={past ?? unless.decline} onClick={declineIt}>
              Decline…
            </ActButton>
          </>
        )
      }
    />
  );
}

/** What was asked for, and who may approve it: somebody else, but for a facility of one. */
function AskedText({ closing: { asked, aloneUntil } }: ClosingProps) {
  if (asked === undefined) return 'One person asks, another approves; then a week passes.';
  return (
    <>
      Asked for: “{asked.reason}”{' '}
      {aloneUntil === undefined ? (
        'Somebody else approves it.'
      ) : (
        <>
          You asked, and you may approve it yourself: an exception lets you decide alone until{' '}
          <Moment at={aloneUntil} as="date" />.
        </>
      )}
    </>
  );
}

function Destroyed({ closing: { project, destroyed } }: ClosingProps) {
  const fetchIt = async () => {
    try {
      const { text } = await call('closing-certificate', { params: { project: project.id } });
      save(new Blob([text], { type: 'application/json' }), `${project.alias}-keys-destroyed.json`);
    } catch (cause) {
      sayRefused(cause);
    }
  };
  return (
    <Step
      title="Keys destroyed"
      at={destroyed?.at}
      about="The keys are gone from this machine. Earlier copies of the facility still hold them: the certificate says which."
      says={
        destroyed === undefined ? null : (
          <>
            {countText(destroyed.objects, 'key file')}
            {destroyed.certificateSha256 === undefined ? null : (
              <>
                ; certificate <Digest value={destroyed.certificateSha256} what="the certificate’s hash" />
              </>
            )}
          </>
        )
      }
      acts={
        destroyed === undefined ? undefined : (
          <Button
            size="compact-sm"
            variant="default"
            leftSection={<IconDownload size={15} aria-hidden />}
            onClick={() => void fetchIt()}
          >
            Certificate
          </Button>
        )
      }
    />
  );
}
