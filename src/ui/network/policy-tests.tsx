/** Policy tests that the facility keeps, each asked of every packet that it speaks of; and those that a change would fail. */
import type { PolicyTestView } from '#api/endpoints/network-views.ts';
import { Section } from '../kit/page.tsx';
import { Notice, Status } from '../kit/status.tsx';
import { countText } from '../kit/words.ts';
import { PacketLine } from './packet-line.tsx';

export function PolicyTests({ tests }: { readonly tests: readonly PolicyTestView[] }) {
  const failed = tests.filter(({ holds }) => !holds).length;
  return (
    <Section title="Policy tests" note="From the facility file; every change of the network is held to them">
      {tests.length === 0 ? (
        <p className="pl-dim pl-small">None are kept. Write them under “tests” in the facility file and import it.</p>
      ) : (
        <>
          <Verdict failed={failed} all={tests.length} />
          <ol className="pl-card nw-kept-tests" aria-label="Policy tests">
            {tests.map((test, index) => (
              <li key={`${index} ${test.name}`}>
                <div>
                  {test.name}
                  <div className="pl-dim pl-small">
                    {test.expects} {test.holds ? null : test.says}{' '}
                    {test.packet === undefined ? null : <PacketLine packet={test.packet} />}
                  </div>
                </div>
                <Status tone={test.holds ? 'ok' : 'bad'}>{test.holds ? 'Holds' : 'Fails'}</Status>
              </li>
            ))}
          </ol>
        </>
      )}
    </Section>
  );
}

function Verdict({ failed, all }: { readonly failed: number; readonly all: number }) {
  if (failed > 0)
    return (
      <Notice tone="bad">
        {countText(failed, 'policy test fails', 'policy tests fail')}, of {all}.
      </Notice>
    );
  return <Notice tone="ok">{all === 1 ? 'The one policy test holds.' : `All ${all} hold.`}</Notice>;
}

/** In a preview: one line for each. */
export function FailingTests({ tests }: { readonly tests: readonly PolicyTestView[] }) {
  return tests.map((test, index) => (
    <div key={`${index} ${test.name}`} className="nw-preview-invariant">
      <div className="pl-row" style={{ gap: 6 }}>
        <Status tone="bad">Fails a policy test</Status>
        <span className="pl-dim">{test.name}</span>
      </div>
      <div className="pl-small">
        {test.expects} {test.says} {test.packet === undefined ? null : <PacketLine packet={test.packet} />}
      </div>
    </div>
  ));
}
