/** A cut as it happens, and afterwards as the off-boarding receipt that prints. */
import { Button } from '@mantine/core';
import { IconPrinter } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useParams } from 'react-router';
import type { CutView } from '#api/endpoints/views.ts';
import { because } from '#evidence/report/text.ts';
import { isId } from '#std/ids.ts';
import type { CutId } from '#std/ids.ts';
import { call, Denial } from '../data/client.ts';
import { useViewer } from '../data/viewer.ts';
import { Answer, Refusal } from '../kit/answer.tsx';
import { Digest } from '../kit/digest.tsx';
import { Moment } from '../kit/moment.tsx';
import { Facts, Page, Section } from '../kit/page.tsx';
import { PersonName, ProjectName } from '../kit/person-name.tsx';
import { Notice, Status } from '../kit/status.tsx';
import { millisText } from '../kit/words.ts';
import { cutTitle, Receipts } from './receipts.tsx';

const FOLLOW_MS = 400;

export function CutPage() {
  const { cut } = useParams();
  if (!isId('cut', cut)) return <Refusal error={new Denial(404, 'unknown-cut', 'There is no such cut.')} />;
  return <Cut id={cut} />;
}

function Cut({ id }: { readonly id: CutId }) {
  const answer = useQuery({
    queryKey: ['see-cut', id],
    queryFn: () => call('see-cut', { params: { cut: id }, query: {} }),
    refetchInterval: (query) => (query.state.data?.cut.complete === true ? false : FOLLOW_MS),
  });
  return (
    <Page
      title="Receipt of ended access"
      heading={
        answer.data === undefined
          ? undefined
          : `Receipt of ended access: ${answer.data.cut.person?.name ?? answer.data.cut.project?.alias ?? cutTitle(answer.data.cut)}`
      }
      lead="What was cut on each gate, when, and how it was verified. Each receipt is an entry of the ledger."
      actions={
        <Button variant="default" leftSection={<IconPrinter size={16} aria-hidden />} onClick={() => window.print()}>
          Print
        </Button>
      }
    >
      <Answer of={answer}>{({ cut }) => <CutBody cut={cut} />}</Answer>
    </Page>
  );
}

function CutBody({ cut }: { readonly cut: CutView }) {
  const viewer = useViewer();
  const slowest = Math.max(0, ...cut.receipts.map((receipt) => receipt.ms));
  const lastAnswerAt = Math.max(0, ...cut.receipts.map((receipt) => receipt.at));
  const proven = cut.receipts.every((receipt) => receipt.probe.bytesStopped && receipt.probe.accessRefused);
  return (
    <>
      {!cut.complete ? (
        <Notice tone="warn">
          Cutting. {cut.receipts.length} of {cut.receipts.length + cut.waitingFor.length} gates have answered.
        </Notice>
      ) : proven ? (
        <Notice tone="ok">
          Done on {gatesText(cut.receipts.length)}; the slowest took {millisText(slowest)}. Probes found that bytes
          stopped and that trying again is refused.
        </Notice>
      ) : (
        <Notice tone="bad">
          All gates answered, but not every probe proved it. Look below, and at the gate’s own log.
        </Notice>
      )}
      <Section title="Gates">
        <Receipts cut={cut} />
      </Section>
      <Section title="Off-boarding record">
        <div className="pl-card pl-pad">
          <Facts
            facts={[
              ['What', cutTitle(cut)],
              cut.person === undefined ? undefined : ['Person', <PersonName person={cut.person} link />],
              cut.project === undefined ? undefined : ['Project', <ProjectName project={cut.project} link />],
              ['Date', <Moment at={cut.orderedAt} as="full" />],
              [
                'Signed off by',
                cut.orderedBy === undefined ? 'Picturelock, by the clock' : <PersonName person={cut.orderedBy} />,
              ],
              ['How', sentenceCase(because(cut.because))],
              ['Reason', cut.reason ?? <span className="pl-dim">None was typed</span>],
              lastAnswerAt === 0 ? undefined : ['Last gate answered', <Moment at={lastAnswerAt} as="full" />],
              [
                'State',
                cut.complete ? (
                  <Status tone={proven ? 'ok' : 'bad'}>
                    {proven ? 'Complete, proven by measurement' : 'Complete, not proven'}
                  </Status>
                ) : (
                  <Status tone="warn">In progress</Status>
                ),
              ],
              ['Facility', viewer.facility],
              ['Cut', <Digest value={cut.id} what="the id" chars={24} />],
            ]}
          />
        </div>
      </Section>
    </>
  );
}

function gatesText(count: number): string {
  if (count === 1) return 'one gate';
  return count === 2 ? 'both gates' : `all ${count} gates`;
}

function sentenceCase(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
