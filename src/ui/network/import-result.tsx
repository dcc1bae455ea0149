/** What a dry run found: troubles with their lines, or the changes, the file's own tests, and what opens and closes. */
import type { ImportView } from '#api/endpoints/network-import.ts';
import { Notice, Status } from '../kit/status.tsx';
import { countText } from '../kit/words.ts';
import { PacketLine } from './packet-line.tsx';
import { Preview } from './preview.tsx';

export function ImportResult({ view }: { readonly view: ImportView }) {
  const { troubles, changes, changeCount, tests, preview, refused } = view;
  if (troubles.length > 0) return <Troubles troubles={troubles} />;
  if (changeCount === 0 && refused === undefined)
    return <Notice tone="ok">Nothing to change: the facility is as the file says already.</Notice>;
  return (
    <div className="pl-stack" aria-live="polite">
      <div>
        <h3 className="nw-result-head">{countText(changeCount, 'change')}</h3>
        <ul className="nw-diff">
          {changes.map((change, index) => (
            <li key={`${index} ${change.name}`} className={DIFF[change.sign]}>
              <code aria-label={SIGNS[change.sign]}>{change.sign === '-' ? '−' : change.sign}</code>
              <span className="pl-dim">{change.noun}</span>
              <span>{change.name}</span>
            </li>
          ))}
          {changeCount > changes.length ? <li className="pl-dim">and {changeCount - changes.length} more</li> : null}
        </ul>
      </div>
      {tests.length === 0 ? null : <Tests tests={tests} />}
      {preview === undefined ? null : <Preview preview={preview} />}
      {preview?.refused === undefined && refused !== undefined ? (
        <Notice tone="bad">
          <strong>{refused.message}</strong> {refused.ask}
        </Notice>
      ) : null}
    </div>
  );
}

const SIGNS = { '+': 'added', '-': 'removed', '~': 'changed' } as const;
const DIFF = { '+': 'nw-added', '-': 'nw-removed', '~': 'nw-changed' } as const;

export function Troubles({ troubles }: { readonly troubles: ImportView['troubles'] }) {
  return (
    <Notice tone="bad">
      <strong>{countText(troubles.length, 'thing')} to put right</strong>
      <ul className="nw-troubles">
        {troubles.map((trouble) => (
          <li key={`${trouble.line} ${trouble.says}`}>
            {trouble.line === 0 ? null : <b>Line {trouble.line}: </b>}
            {trouble.says}
          </li>
        ))}
      </ul>
    </Notice>
  );
}

function Tests({ tests }: { readonly tests: ImportView['tests'] }) {
  const failed = tests.filter(({ holds }) => !holds);
  return (
    <div>
      <h3 className="nw-result-head">{verdictOf(failed.length, tests.length)}</h3>
      <ul className="nw-tests">
        {tests.map((test, index) => (
          <li key={`${index} ${test.says}`}>
            <Status tone={test.holds ? 'ok' : 'bad'}>{test.holds ? 'Holds' : 'Fails'}</Status>
            <span className="pl-small">
              {test.line === 0 ? null : <span className="pl-dim">line {test.line}: </span>}
              {test.says} {test.packet === undefined ? null : <PacketLine packet={test.packet} />}
            </span>
          </li>
        ))}
      </ul>
    </div>
  );
}

function verdictOf(failed: number, all: number): string {
  if (failed > 0) return `${failed} of ${countText(all, 'test')} of the file ${failed === 1 ? 'fails' : 'fail'}`;
  return all === 1 ? 'The one test of the file holds' : `All ${all} tests of the file hold`;
}
