/** Everything that is connected now. */
import { Select } from '@mantine/core';
import { useSearchParams } from '../kit/address.ts';
import { useAnswer } from '../data/query.ts';
import { Answer, Empty } from '../kit/answer.tsx';
import { GATES } from '../kit/gates.ts';
import { Page, Section } from '../kit/page.tsx';
import { countText } from '../kit/words.ts';
import { AtPicker, instantOf } from '../ledger/at-picker.tsx';
import { CutLine } from './receipts.tsx';
import { SessionTable } from './session-table.tsx';

const REFRESH_MS = 5000;

export function SessionsPage() {
  const [search, setSearch] = useSearchParams();
  const at = instantOf(search);
  const gate = search.get('gate') ?? '';
  const sessions = useAnswer(
    'list-sessions',
    { query: { at } },
    { keep: true, ...(at === undefined ? { everyMs: REFRESH_MS } : {}) },
  );
  const cuts = useAnswer('list-cuts', {});
  const setGate = (value: string | null) =>
    setSearch(
      (before) => {
        if (value === null) before.delete('gate');
        else before.set('gate', value);
        return before;
      },
      { replace: true },
    );
  return (
    <Page
      title="Sessions"
      lead={
        at === undefined
          ? 'Live connections on every gate. Each carries its own deadline, and ends there even if this server is down.'
          : 'As it was then.'
      }
    >
      <div className="pl-row" style={{ marginBottom: 12 }}>
        <Select
          aria-label="Gate"
          placeholder="Every gate"
          clearable
          data={Object.entries(GATES).map(([value, label]) => ({ value, label }))}
          value={gate === '' ? null : gate}
          onChange={setGate}
          w={170}
        />
        <AtPicker />
      </div>
      <Answer of={sessions}>
        {({ sessions: all }) => {
          const shown = all.filter((one) => gate === '' || one.gate === gate);
          return shown.length === 0 ? (
            <Empty title="Nobody is connected" />
          ) : (
            <>
              <p className="pl-dim pl-small" style={{ marginBottom: 6 }}>
                {countText(shown.length, 'session')}
              </p>
              <SessionTable sessions={shown} label="Sessions" />
            </>
          );
        }}
      </Answer>
      {cuts.data === undefined || cuts.data.cuts.length === 0 ? null : (
        <Section title="Access ended" note="Newest first">
          <div className="pl-card">
            {cuts.data.cuts.slice(0, 20).map((cut) => (
              <CutLine key={cut.id} cut={cut} />
            ))}
          </div>
        </Section>
      )}
    </Page>
  );
}
