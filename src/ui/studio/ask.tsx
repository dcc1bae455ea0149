/** Asking for access or more time, and what became of it. */
import { Button, SegmentedControl, Select, Textarea, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useSearchParams } from '../kit/address.ts';
import type { RequestView } from '#api/endpoints/views.ts';
import type { RoleId } from '#std/ids.ts';
import { useAct, useAnswer } from '../data/query.ts';
import { useViewer } from '../data/viewer.ts';
import { Answer, Empty, RefusedHere } from '../kit/answer.tsx';
import { dayEnd, dayText } from '../kit/days.ts';
import { Moment } from '../kit/moment.tsx';
import { Page, Section } from '../kit/page.tsx';
import { say, sayRefused } from '../kit/say.ts';
import { StateOf } from '../kit/status.tsx';
import { Table } from '../kit/table.tsx';
import { UntilField } from '../kit/until-field.tsx';

const FIRST_DAYS = 14;

export function Ask() {
  const requests = useAnswer('list-requests', { query: { state: 'all' } });
  const viewer = useViewer();
  return (
    <Page
      title="Ask"
      lead="For access to a project, or for more time. The project’s producer decides; you see the answer here."
    >
      <div className="pl-two">
        <AskForm />
        <Section title="What you asked for">
          <Answer of={requests}>
            {({ requests: all }) => <Mine requests={all.filter((one) => one.person.id === viewer.person.id)} />}
          </Answer>
        </Section>
      </div>
    </Page>
  );
}

function AskForm() {
  const viewer = useViewer();
  const [search, setSearch] = useSearchParams();
  const [reason, setReason] = useState('');
  const [role, setRole] = useState<RoleId>();
  const [until, setUntil] = useState(() => dayEnd(dayText(Date.now(), FIRST_DAYS)));
  const roles = useAnswer('list-roles', { query: {} });
  const ask = useAct('ask-access');
  const project = search.get('project') ?? '';
  const kind = search.get('ask') === 'more-time' ? 'more-time' : 'access';
  const set = (name: string, value: string) =>
    setSearch(
      (before) => {
        before.set(name, value);
        return before;
      },
      { replace: true },
    );
  const engagement = viewer.projects
    .find((one) => one.project.alias === project)
    ?.engagements.find((one) => one.state === 'live' || one.state === 'held');
  const missing =
    project === '' || reason.trim() === '' || (kind === 'access' ? role === undefined : engagement === undefined);
  const submit = () => {
    const rest =
      kind === 'access'
        ? role === undefined
          ? {}
          : { role }
        : engagement === undefined
          ? {}
          : { engagement: engagement.id };
    // An alias is a plain word; the server looks it up.
    ask.mutate(
      { body: { ask: kind, project, until, reason, ...rest } },
      {
        onSuccess: () => {
          say('Sent. The producer decides.');
          setReason('');
        },
      },
    );
  };
  return (
    <form
      className="pl-card pl-pad pl-stack"
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <SegmentedControl
        aria-label="What to ask for"
        value={kind}
        onChange={(value) => set('ask', value)}
        data={[
          { value: 'access', label: 'Access' },
          { value: 'more-time', label: 'More time' },
        ]}
      />
      {kind === 'access' ? (
        <TextInput
          label="Project"
          description="Its alias, as your producer calls it."
          required
          value={project}
          onChange={(event) => set('project', event.currentTarget.value.toLowerCase())}
        />
      ) : (
        <Select
          label="Project"
          data={viewer.projects.map((one) => one.project.alias)}
          value={project === '' ? null : project}
          onChange={(value) => {
            if (value !== null) set('project', value);
          }}
          error={
            project !== '' && engagement === undefined
              ? 'You have no access there that could be extended. Ask for access instead.'
              : undefined
          }
        />
      )}
      {/* The options are the server's own roles. */}
      {kind === 'access' ? (
        <Select
          label="As"
          data={(roles.data?.roles ?? [])
            .filter((one) => one.scope === 'project' && !one.retired)
            .map((one) => ({ value: one.id, label: one.title }))}
          value={role ?? null}
          onChange={(value) => {
            if (value !== null) setRole(value as RoleId);
          }}
          searchable
        />
      ) : null}
      <UntilField label="Until the end of" value={until} from={Date.now()} onChange={setUntil} />
      <Textarea
        label="Why"
        required
        autosize
        minRows={2}
        maxLength={1000}
        value={reason}
        onChange={(event) => setReason(event.currentTarget.value)}
      />
      {ask.error === null ? null : <RefusedHere error={ask.error} />}
      <Button type="submit" disabled={missing} loading={ask.isPending}>
        Ask
      </Button>
    </form>
  );
}

function Mine({ requests }: { readonly requests: readonly RequestView[] }) {
  const withdraw = useAct('withdraw-request');
  if (requests.length === 0) return <Empty title="Nothing yet" />;
  return (
    <Table
      label="What you asked for"
      rows={requests}
      keyOf={(one) => one.id}
      columns={[
        {
          head: 'For',
          cell: (one) =>
            `${one.ask === 'access' ? (one.role?.title ?? 'Access') : 'More time'} on ${one.project.alias}`,
        },
        { head: 'Asked', cell: (one) => <Moment at={one.madeAt} /> },
        { head: 'Answer', cell: (one) => <Decision request={one} /> },
        {
          head: 'Actions',
          end: true,
          cell: (one) =>
            one.state === 'open' ? (
              <Button
                size="compact-sm"
                variant="default"
                onClick={() => withdraw.mutate({ params: { request: one.id } }, { onError: sayRefused })}
              >
                Withdraw
              </Button>
            ) : null,
        },
      ]}
    />
  );
}

/** Whoever asked reads who decided, when, and what they typed. */
function Decision({ request }: { readonly request: RequestView }) {
  const { state, decidedBy, decidedAt, decisionReason } = request;
  if (decidedAt === undefined) return <StateOf state={state} />;
  return (
    <>
      <StateOf state={state} />
      <div className="pl-small">
        <span className="pl-dim">
          by {decidedBy?.name ?? 'the facility'}, <Moment at={decidedAt} />
        </span>
        {decisionReason === undefined ? null : <div className="pl-break">“{decisionReason}”</div>}
      </div>
    </>
  );
}
