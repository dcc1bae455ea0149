/** Exporting evidence, and checking a bundle here or anywhere. */
import { Button, Code, FileButton, Select } from '@mantine/core';
import { DatePickerInput } from '@mantine/dates';
import { IconDownload, IconFileCheck } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { useSearchParams } from '../kit/address.ts';
import { API_PREFIX, endpoints, REQUEST_HEADER } from '#api/endpoints.ts';
import type { AnswerOf } from '#api/endpoints.ts';
import { callForBytes, denialOf } from '../data/client.ts';
import { useAnswer } from '../data/query.ts';
import { save } from '../data/save.ts';
import { withStepUp } from '../data/step-up.ts';
import { RefusedHere } from '../kit/answer.tsx';
import { dayEnd, dayStart } from '../kit/days.ts';
import { CopyIcon } from '../kit/digest.tsx';
import { LedgerKeys } from '../kit/ledger-keys.tsx';
import { Page } from '../kit/page.tsx';
import { Notice, Status } from '../kit/status.tsx';
import type { Tone } from '../kit/status.tsx';
import { bytesText, countText } from '../kit/words.ts';

export function BundlePage() {
  return (
    <Page
      title="Evidence bundle"
      lead="Everything that happened on one project, with proofs that nothing was changed or left out. It verifies offline, with tools that we did not write."
    >
      <div className="pl-two">
        <div className="pl-stack">
          <Export />
          <Check />
        </div>
        <div className="pl-stack">
          <ByHand />
          <LedgerKeys />
        </div>
      </div>
    </Page>
  );
}

function Export() {
  const [search, setSearch] = useSearchParams();
  const projects = useAnswer('list-projects', { query: {} });
  const [from, setFrom] = useState<string | null>(null);
  const [until, setUntil] = useState<string | null>(null);
  const project = search.get('project') ?? projects.data?.projects[0]?.alias;
  const make = useMutation({
    mutationFn: (alias: string) =>
      withStepUp(() =>
        callForBytes('export-bundle', {
          params: { project: alias },
          body: {
            ...(from === null ? {} : { from: dayStart(from) }),
            ...(until === null ? {} : { until: dayEnd(until) }),
          },
        }),
      ),
    onSuccess: ({ blob, fileName }) => save(blob, fileName),
  });
  return (
    <section className="pl-card pl-pad pl-stack" aria-label="Export">
      <h2 style={{ fontSize: 15 }}>Export</h2>
      <div className="pl-row" style={{ alignItems: 'flex-end' }}>
        <Select
          label="Project"
          data={(projects.data?.projects ?? []).map((one) => one.alias)}
          searchable
          allowDeselect={false}
          value={project ?? null}
          onChange={(value) => {
            if (value !== null) setSearch({ project: value }, { replace: true });
          }}
        />
        <DatePickerInput
          label="From"
          placeholder="the beginning"
          clearable
          value={from}
          onChange={setFrom}
          valueFormat="D MMM YYYY"
          w={140}
        />
        <DatePickerInput
          label="Until"
          placeholder="now"
          clearable
          value={until}
          onChange={setUntil}
          valueFormat="D MMM YYYY"
          w={140}
        />
        <Button
          leftSection={<IconDownload size={16} aria-hidden />}
          loading={make.isPending}
          disabled={project === undefined}
          onClick={() => {
            if (project !== undefined) make.mutate(project);
          }}
        >
          Export the bundle
        </Button>
      </div>
      {make.error === null ? null : <RefusedHere error={make.error} />}
      {make.data === undefined ? (
        <p className="pl-dim pl-small">
          The export is itself an entry of the ledger. The same ledger and range give the same bytes.
        </p>
      ) : (
        <Notice tone="ok">
          {make.data.fileName}, {bytesText(make.data.blob.size)}, saved.
        </Notice>
      )}
    </section>
  );
}

async function verify(file: File): Promise<AnswerOf<'verify-bundle'>> {
  const { path, method } = endpoints['verify-bundle'];
  const answer = await fetch(`${API_PREFIX}${path}`, {
    method,
    body: file,
    headers: { 'content-type': 'application/zip', [REQUEST_HEADER]: '1' },
    credentials: 'same-origin',
  });
  if (!answer.ok) throw await denialOf(answer);
  return (await answer.json()) as AnswerOf<'verify-bundle'>; // the contract that both sides share
}

function Check() {
  const check = useMutation({ mutationFn: verify });
  return (
    <section className="pl-card pl-pad pl-stack" aria-label="Check a bundle">
      <div className="pl-spread">
        <h2 style={{ fontSize: 15 }}>Check a bundle</h2>
        <FileButton
          accept=".zip,application/zip"
          onChange={(file) => {
            if (file !== null) check.mutate(file);
          }}
        >
          {(props) => (
            <Button
              {...props}
              variant="default"
              leftSection={<IconFileCheck size={16} aria-hidden />}
              loading={check.isPending}
            >
              Choose a bundle…
            </Button>
          )}
        </FileButton>
      </div>
      {check.error === null ? null : <RefusedHere error={check.error} />}
      {check.data === undefined ? (
        <p className="pl-dim pl-small">
          Runs the same verifier file that lies in every bundle. Do not take our word for it: the steps beside this need
          nothing of ours.
        </p>
      ) : (
        <Verdict verdict={check.data} />
      )}
    </section>
  );
}

type Verified = AnswerOf<'verify-bundle'>;

/** A note is neither proved nor broken, and so never green. */
const LEVELS: Readonly<Record<Verified['lines'][number]['level'], readonly [Tone, string]>> = {
  ok: ['ok', 'Proved'],
  note: ['warn', 'Note'],
  fail: ['bad', 'Failed'],
};

function Verdict({ verdict }: { readonly verdict: Verified }) {
  const notes = verdict.lines.filter(({ level }) => level === 'note').length;
  return (
    <>
      <Notice tone={verdict.holds ? 'ok' : 'bad'}>
        <strong>{verdict.holds ? 'The bundle holds.' : 'The bundle does not hold.'}</strong>
        {verdict.holds && notes > 0
          ? ` It comes with ${countText(notes, 'note')}, which no check can settle: read below.`
          : null}
      </Notice>
      <div className="pl-stack" style={{ gap: 4 }}>
        {verdict.lines.map((line) => (
          <Status key={line.text} tone={LEVELS[line.level][0]}>
            <span className="pl-break" style={{ whiteSpace: 'normal' }}>
              <span className="pl-strong">{LEVELS[line.level][1]}:</span> {line.text}
            </span>
          </Status>
        ))}
      </div>
      {verdict.lines.some(({ text }) => text.includes('--policy')) ? (
        <p className="pl-dim pl-small">
          A page cannot take your own keys in hand: compare the fingerprints beside this with those that you were given,
          or run the verifier yourself, with <code>--policy</code>, as the steps say.
        </p>
      ) : null}
    </>
  );
}

const COMMANDS = ['unzip bundle.zip -d bundle', 'node bundle/verify.mjs bundle --policy keys.txt'] as const;

function ByHand() {
  return (
    <section className="pl-card pl-pad pl-stack" aria-label="Verify without us">
      <h2 style={{ fontSize: 15 }}>Verify without us</h2>
      <ol style={{ margin: 0, paddingLeft: 18 }} className="pl-stack">
        <li>
          Take the log’s public key from the facility by another way than the bundle (a call, a letter, your own record
          of last year).
        </li>
        <li>
          On a machine without a network, run the one-file verifier that lies in the bundle; it needs Node and nothing
          else, and you can read it whole.
          {COMMANDS.map((command) => (
            <div key={command} className="pl-row" style={{ marginTop: 6 }}>
              <Code>{command}</Code>
              <CopyIcon value={command} what="the command" />
            </div>
          ))}
        </li>
        <li>
          Or use any tool for C2SP transparency logs: the checkpoint is a signed note, the proofs are tlog-proof files,
          hashing is RFC 6962.
        </li>
        <li>Change one byte anywhere in it and check again: it has to fail.</li>
      </ol>
    </section>
  );
}
