/** Tokens of a service on one engagement: bound to its role, its project and its end; each is shown once, when it is issued. */
import { Button, Modal, TextInput } from '@mantine/core';
import { useState } from 'react';
import type { CredentialView, EngagementView } from '#api/endpoints/views.ts';
import { useAct, useAnswer } from '../data/query.ts';
import { ActButton } from '../kit/act-button.tsx';
import { Answer, Empty, RefusedHere } from '../kit/answer.tsx';
import { useConfirm } from '../kit/confirm.tsx';
import { dayEnd, dayText } from '../kit/days.ts';
import { CopyIcon } from '../kit/digest.tsx';
import { Section } from '../kit/page.tsx';
import { Notice } from '../kit/status.tsx';
import { UntilField } from '../kit/until-field.tsx';
import { DAY_MS } from '../kit/words.ts';
import { CredentialTable } from './credential-table.tsx';

const FIRST_LENGTH_DAYS = 30;

export function ServiceTokens({ engagement }: { readonly engagement: EngagementView }) {
  const tokens = useAnswer('list-tokens', { params: { engagement: engagement.id } });
  const [issuing, setIssuing] = useState(false);
  const confirm = useConfirm();
  const revoke = useAct('revoke-credential');
  const ask = (token: CredentialView) =>
    confirm({
      title: `Revoke “${token.label}”?`,
      body: 'Whatever runs with it is cut at once and is refused from then on. Other tokens go on working.',
      verb: 'Revoke',
      danger: true,
      reason: 'optional',
      act: (reason) =>
        revoke.mutateAsync({
          params: { credential: token.id },
          body: { because: 'button', ...(reason === undefined ? {} : { reason }) },
        }),
    });
  return (
    <Section
      title="Service tokens"
      note="What machines show instead of a password"
      actions={
        <ActButton
          size="compact-sm"
          variant="default"
          onClick={() => setIssuing(true)}
          unless={
            engagement.may.includes('token.issue')
              ? undefined
              : 'You may not issue tokens on this project, or the engagement is over. Ask its producer.'
          }
        >
          Issue a token…
        </ActButton>
      }
    >
      <Answer of={tokens} rows={2}>
        {({ tokens: all, mayRevoke }) =>
          all.length === 0 ? (
            <Empty title="No token yet">A render manager or a script signs in with one, as this service only.</Empty>
          ) : (
            <CredentialTable
              credentials={all}
              revoke={ask}
              unless={mayRevoke ? undefined : 'Ask whoever may end this engagement, or the security lead.'}
            />
          )
        }
      </Answer>
      <Modal
        opened={issuing}
        onClose={() => setIssuing(false)}
        title={`A token for ${engagement.person.name ?? 'this service'}`}
        closeButtonProps={{ 'aria-label': 'Close' }}
      >
        {issuing ? <IssueForm engagement={engagement} close={() => setIssuing(false)} /> : null}
      </Modal>
    </Section>
  );
}

function IssueForm({ engagement, close }: { readonly engagement: EngagementView; readonly close: () => void }) {
  const [now] = useState(() => Date.now());
  const [label, setLabel] = useState('');
  const [until, setUntil] = useState(() =>
    Math.min(dayEnd(dayText(now + FIRST_LENGTH_DAYS * DAY_MS)), engagement.until),
  );
  const issue = useAct('issue-token');
  if (issue.data !== undefined) return <ShownOnce token={issue.data.token} close={close} />;
  return (
    <form
      className="pl-stack"
      onSubmit={(event) => {
        event.preventDefault();
        issue.mutate({
          params: { engagement: engagement.id },
          body: { label, until: Math.min(until, engagement.until) },
        });
      }}
    >
      <TextInput
        label="What it is for"
        placeholder="Deadline on farm-01"
        required
        maxLength={80}
        value={label}
        onChange={(event) => setLabel(event.currentTarget.value)}
        data-autofocus
      />
      <UntilField label="Until the end of, at most with the engagement" value={until} from={now} onChange={setUntil} />
      <p className="pl-dim pl-small">
        It can do what {engagement.role.title.toLowerCase()} can on {engagement.project.alias}, and nothing else.
      </p>
      {issue.error === null ? null : <RefusedHere error={issue.error} />}
      <Button type="submit" loading={issue.isPending} disabled={label.trim() === ''}>
        Issue the token
      </Button>
    </form>
  );
}

function ShownOnce({ token, close }: { readonly token: string; readonly close: () => void }) {
  return (
    <div className="pl-stack">
      <Notice tone="warn">
        <strong>Copy it now.</strong> It is shown this once; the ledger keeps only its hash.
      </Notice>
      <div className="pl-card pl-pad pl-row" style={{ flexWrap: 'nowrap' }}>
        <code className="pl-break">{token}</code>
        <CopyIcon value={token} what="the token" />
      </div>
      <p className="pl-dim pl-small">
        Send it as <code>Authorization: Bearer …</code>; keep it in a secret store, never in a script.
      </p>
      <Button onClick={close}>I have it</Button>
    </div>
  );
}
