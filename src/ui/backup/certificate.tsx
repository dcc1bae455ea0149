/** A drill on one page that prints: what was restored from where, compared with what, how it was measured, and how to check all of it. */
import { Button } from '@mantine/core';
import { IconArrowLeft, IconPrinter } from '@tabler/icons-react';
import { Link } from 'react-router';
import type { DrillView } from '#api/endpoints/backup-views.ts';
import { useAnswer } from '../data/query.ts';
import { useViewer } from '../data/viewer.ts';
import { Digest } from '../kit/digest.tsx';
import { Facts } from '../kit/page.tsx';
import { Notice } from '../kit/status.tsx';
import { absoluteText, bytesText, countText, durationText, measuredText } from '../kit/words.ts';
import { paths } from '../paths.ts';
import { useBackups } from './backup-context.ts';
import { spanText } from './backup-words.ts';
import { DrillState } from './drill-state.tsx';

const KIND = 'drill.finished';
/** The record is written when the drill ends: of those since, it is among the first. */
const RECORDS_MAX = 200;

type Result = NonNullable<DrillView['result']>;

const WHY: Readonly<Record<Result['why'], string>> = {
  newest: 'the newest',
  'newest-clean': 'the newest in which nothing was found',
  random: 'drawn at random',
  asked: 'as asked',
};

const CHAINS: Readonly<Record<NonNullable<DrillView['chain']>, string>> = {
  first: 'The first record of this policy.',
  chained: 'It names the record before it, and that record is as it was.',
  broken: 'It does not name the record before it.',
  older: 'It names a record that is not among those kept here: the ledger has it.',
};

const WALLS: Readonly<Record<NonNullable<Result['media']['walls']>, string>> = {
  sealed: 'within walls: no network, and nothing in sight but what it was given',
  'one-way': 'within walls: nothing in sight but what it was given, and a way to the vault alone',
  networked: 'within walls: nothing in sight but what it was given, and a network to reach the vault',
  limited: 'WITHOUT walls: with this service’s rights, within limits of memory and time',
  none: 'WITHOUT walls: with this service’s rights, within limits of time',
};

function wallsText(word: Result['media']['walls']): string {
  return word === undefined ? '' : `, ${WALLS[word]}`;
}

export function Certificate({ drill }: { readonly drill: DrillView }) {
  const { hat } = useBackups();
  const viewer = useViewer();
  const { result, project } = drill;
  if (result === undefined) return null;
  return (
    <>
      <div className="pl-spread pl-no-print" style={{ marginBottom: 12 }}>
        <Link to={paths.backups(hat, 'drills')} className="pl-row" style={{ gap: 6 }}>
          <IconArrowLeft size={16} aria-hidden /> All drills
        </Link>
        <Button variant="default" leftSection={<IconPrinter size={16} aria-hidden />} onClick={() => window.print()}>
          Print
        </Button>
      </div>
      <article className="pl-card bk-certificate pl-own-page" aria-label="Certificate of a restore drill">
        <header>
          <p className="pl-dim">{viewer.facility}</p>
          <h2>{result.held ? 'Certificate of a proven restore' : 'Record of a restore that did not hold'}</h2>
          <p>
            {project.alias}, {absoluteText(result.finishedAt)}
          </p>
          <DrillState drill={drill} />
        </header>
        <Statement drill={drill} result={result} />
        <What drill={drill} result={result} />
        <Bounded result={result} />
        <Failures result={result} />
        <Checking drill={drill} result={result} />
      </article>
    </>
  );
}

interface PartProps {
  readonly drill: DrillView;
  readonly result: Result;
}

function Statement({ drill: { vault, showsAt }, result }: PartProps) {
  const { files, filesOf, failed, bytes, plan } = result;
  return (
    <p className="bk-statement">
      {countText(files, 'file')} {plan === 'sample' ? `drawn from ${filesOf}` : `of ${filesOf}`}, {bytesText(bytes)},{' '}
      {files === 1 ? 'was' : 'were'} restored from {vault.name}
      {showsAt === undefined ? '' : ` as they were on ${absoluteText(showsAt)}`}, and compared by SHA-256 with the
      manifest that was sealed when they were backed up.{' '}
      {failed === 0 ? 'Every one is the same.' : `${failed} were not the same.`}
    </p>
  );
}

function What({ drill: { wanted, policy, because }, result }: PartProps) {
  const { second, media, isolated } = result;
  return (
    <Facts
      facts={[
        ['Policy', `${policy.name}, ${because === 'schedule' ? 'on its schedule' : 'asked for by hand'}`],
        [
          'Snapshot',
          result.snapshot === undefined ? (
            'none: there was nothing to restore'
          ) : (
            <>
              <Digest key="id" value={result.snapshot} what="the snapshot’s id" chars={64} /> {WHY[result.why]}
            </>
          ),
        ],
        ['Restored with', result.tool],
        second === undefined
          ? ['Second tool', 'none']
          : [
              'Second tool',
              `${second.tool}: ${countText(second.files, 'file')}, ${second.failed} failed${wallsText(second.walls)}`,
            ],
        [
          'Media',
          [
            `${media.opened} opened, ${media.wrongFrames} that do not open or lack frames, ${media.skipped} not tried`,
            ...((media.brokenBefore ?? 0) > 0 ? [`${media.brokenBefore} broken before they were backed up`] : []),
            media.tool === undefined
              ? 'frames of films not counted'
              : `counted by ${media.tool}${wallsText(media.walls)}`,
          ].join(', '),
        ],
        [
          'Target',
          isolated ? 'a place apart, from which production cannot be reached' : 'not isolated from production',
        ],
        ['Took', tookText(result)],
        [
          'Work lost (RPO)',
          `${measuredText(result.rpoMs)}${wanted === undefined ? '' : `, ${spanText(wanted.rpoMs)} accepted`}`,
        ],
        ['Whole project back (RTO)', backText(result, wanted?.rtoMs)],
      ]}
    />
  );
}

function backText({ rtoMs, rtoSpreadMs }: Result, wantedMs: number | undefined): string {
  // A spread below a second is no news beside seconds.
  const spread = rtoSpreadMs < 1000 ? '' : ` ± ${measuredText(rtoSpreadMs)}`;
  const measured = `${measuredText(rtoMs)}${spread} at the measured rate`;
  return wantedMs === undefined ? measured : `${measured}, ${spanText(wantedMs)} wanted`;
}

function tookText({ startedAt, finishedAt, firstByteAt }: Result): string {
  const whole = durationText(finishedAt - startedAt);
  return firstByteAt === undefined ? whole : `${whole}, first byte after ${durationText(firstByteAt - startedAt)}`;
}

/** A certificate says what it leaves open. */
function Bounded({ result: { bounded } }: { readonly result: Result }) {
  if (bounded === undefined) return null;
  const { plan, files, bytes, roomBytes } = bounded;
  return (
    <Notice tone="warn">
      <strong>There was no room to restore all that this drill {plan === 'sample' ? 'drew' : 'was to restore'}.</strong>{' '}
      {countText(files, 'file')} would take {bytesText(bytes)} where {bytesText(roomBytes)} may be used. Files that did
      not fit were passed over: nothing follows about them, nor about the share of bad files. Give drills a larger place
      (<code>--drill-scratch</code>).
    </Notice>
  );
}

function Failures({ result: { failures, failed } }: { readonly result: Result }) {
  if (failures.length === 0) return null;
  return (
    <Notice tone="bad">
      <strong>{countText(failed, 'file')} did not come back as promised</strong>
      <ul>
        {failures.map(({ path, why }) => (
          <li key={path}>
            <code>{path}</code> {why}
          </li>
        ))}
      </ul>
    </Notice>
  );
}

function Checking({ drill, result }: PartProps) {
  const { recordSha256, chain } = drill;
  return (
    <section className="bk-checking" aria-label="How to check it">
      <h3>How to check it</h3>
      <Facts
        facts={[
          ['Seed of the sample', <code key="seed">{result.seed}</code>],
          ['Report', <Digest key="report" value={result.reportSha256} what="the report’s hash" chars={64} />],
          recordSha256 === undefined
            ? undefined
            : ['This record', <Digest key="record" value={recordSha256} what="the record’s hash" chars={64} />],
          result.previous === undefined
            ? undefined
            : [
                'Record before',
                <Digest key="previous" value={result.previous} what="the hash of the record before" chars={64} />,
              ],
        ]}
      />
      {chain === undefined ? null : (
        <Notice tone={chain === 'broken' ? 'bad' : chain === 'chained' ? 'ok' : 'info'}>{CHAINS[chain]}</Notice>
      )}
      <p className="pl-dim pl-small">
        The record stands in the ledger <StandsAs drill={drill} />, whose heads are signed and timestamped; an evidence
        bundle proves it offline.
      </p>
    </section>
  );
}

/** The number of its entry, and what the ledger's newest checkpoint covers. */
function StandsAs({ drill: { id, project, result } }: { readonly drill: DrillView }) {
  const { hat } = useBackups();
  const around = result?.finishedAt ?? 0;
  const found = useAnswer('search-ledger', {
    query: { kind: KIND, project: project.alias, from: around, limit: RECORDS_MAX },
  });
  const checkpoint = useAnswer('checkpoint', {});
  const entry = found.data?.entries.find(({ about }) => about.drill === id);
  if (entry === undefined) return <Link to={paths.ledger(hat, { kind: KIND })}>among the drills that ended</Link>;
  return (
    <>
      as <Link to={paths.entry(hat, entry.index)}>entry {entry.index}</Link>
      {checkpoint.data === undefined || checkpoint.data.size <= entry.index
        ? null
        : ` of the ${checkpoint.data.size} that checkpoint ${checkpoint.data.rootHash.slice(0, 12)} covers`}
    </>
  );
}
