/** What to do when it happens, written from the facility as it is; what no drill ever proved is loud. */
import { Button, Select } from '@mantine/core';
import { IconDownload, IconPrinter } from '@tabler/icons-react';
import { useSearchParams } from '../kit/address.ts';
import type { AnswerOf } from '#api/endpoints.ts';
import { useAnswer } from '../data/query.ts';
import { save } from '../data/save.ts';
import { Answer } from '../kit/answer.tsx';
import { CopyIcon, Digest } from '../kit/digest.tsx';
import { Moment } from '../kit/moment.tsx';
import { Notice, Status } from '../kit/status.tsx';
import { useBackups } from './backup-context.ts';
import { useSetSearch } from './set-search.ts';
import { runbookLines } from './runbook-lines.ts';
import type { RunbookLine } from './runbook-lines.ts';

type Runbook = AnswerOf<'runbook'>;

const ALL = 'The whole facility';

export function RunbookTab() {
  const { backups, at } = useBackups();
  const [search] = useSearchParams();
  const set = useSetSearch();
  const project = search.get('project') ?? undefined;
  const aliases = [...new Set(backups.policies.map((policy) => policy.project.alias))];
  const answer = useAnswer('runbook', { query: project === undefined ? {} : { project } }, { keep: true });
  return (
    <>
      {at === undefined ? null : (
        <div style={{ marginBottom: 12 }}>
          <Notice tone="warn">
            The runbook is always written from now; the ledger has the hash of each that was stored.
          </Notice>
        </div>
      )}
      <div className="pl-spread pl-no-print" style={{ marginBottom: 12 }}>
        <Select
          aria-label="For"
          allowDeselect={false}
          data={[ALL, ...aliases]}
          value={project ?? ALL}
          onChange={(value) => set({ project: value === ALL || value === null ? undefined : value })}
        />
        {answer.data === undefined ? null : <Outputs runbook={answer.data} />}
      </div>
      <Answer of={answer} rows={10}>
        {(runbook) => <Written runbook={runbook} />}
      </Answer>
    </>
  );
}

function Outputs({ runbook: { text } }: { readonly runbook: Runbook }) {
  return (
    <div className="pl-row">
      <Button
        variant="default"
        leftSection={<IconDownload size={16} aria-hidden />}
        onClick={() => save(new Blob([text], { type: 'text/plain' }), 'picturelock-runbook.txt')}
      >
        As text
      </Button>
      <Button leftSection={<IconPrinter size={16} aria-hidden />} onClick={() => window.print()}>
        Print
      </Button>
    </div>
  );
}

function Written({ runbook }: { readonly runbook: Runbook }) {
  const { backups } = useBackups();
  const { sha256, text, steps, neverProven, recorded } = runbook;
  const stored = backups.runbook;
  return (
    <article className="pl-card bk-runbook pl-own-page">
      <header className="pl-stack" style={{ gap: 8 }}>
        {neverProven === 0 ? (
          <Status tone="ok">Each of the {steps} steps was proven by a drill</Status>
        ) : (
          <p className="bk-never-sum" role="alert">
            {neverProven} of {steps} steps were never proven by a drill
          </p>
        )}
        <p className="pl-dim pl-small">
          <Digest value={sha256} what="the hash of this text" chars={64} />{' '}
          {recorded ? (
            'The ledger has this very text.'
          ) : stored === undefined ? (
            'No runbook was stored yet.'
          ) : (
            <>
              The one that was stored last is of <Moment at={stored.at} />.
            </>
          )}
        </p>
      </header>
      {runbookLines(text).map((line, index) => (
        // Lines repeat, and never move within one text.
        <Line key={`${index} ${line.kind}`} line={line} />
      ))}
    </article>
  );
}

function Line({ line }: { readonly line: RunbookLine }) {
  switch (line.kind) {
    case 'section':
      return <h2>{line.text}</h2>;
    case 'step':
      return (
        <h3>
          <span className="bk-box" aria-hidden />
          {line.number} {line.text}{' '}
          {line.proof === undefined ? null : <Proof proof={line.proof} isNever={line.never} />}
        </h3>
      );
    case 'command':
      return (
        <div className="bk-command">
          <code>{line.text}</code>
          <span className="pl-no-print">
            <CopyIcon value={line.text} what="the command" />
          </span>
        </div>
      );
    case 'table':
      return <LineTable header={line.header} rows={line.rows} />;
    case 'text':
      return <p>{line.text}</p>;
  }
}

function Proof({ proof, isNever }: { readonly proof: string; readonly isNever: boolean }) {
  if (isNever) return <span className="bk-never">Never proven</span>;
  return <span className={proof.startsWith('proven') ? 'bk-proved' : 'pl-chip'}>{proof}</span>;
}

interface LineTableProps {
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

function LineTable({ header, rows }: LineTableProps) {
  return (
    <table className="bk-lines">
      <thead>
        <tr>
          {header.map((name) => (
            <th key={name} scope="col">
              {name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((cells) => (
          <tr key={cells.join(' ')}>
            {cells.map((cell, n) => (
              <td key={header[n]}>{cell}</td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
