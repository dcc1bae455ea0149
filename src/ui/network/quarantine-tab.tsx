/** Everything in quarantine, the receipts as they come in, and the release that takes two. */
import { Link } from 'react-router';
import { useSearchParams } from '../kit/address.ts';
import { IconBiohazard } from '@tabler/icons-react';
import type { QuarantineView } from '#api/endpoints/network-views.ts';
import { useAct, useAnswer } from '../data/query.ts';
import { useViewer } from '../data/viewer.ts';
import { ActButton, lacking } from '../kit/act-button.tsx';
import { Answer, Empty } from '../kit/answer.tsx';
import { useConfirm } from '../kit/confirm.tsx';
import { Moment } from '../kit/moment.tsx';
import { PersonName } from '../kit/person-name.tsx';
import { Notice, Status } from '../kit/status.tsx';
import { countText } from '../kit/words.ts';
import { Receipts } from '../facility/receipts.tsx';
import { paths } from '../paths.ts';
import { pastReason, useNetwork } from './network-context.ts';
import { QuarantinePicker } from './quarantine-picker.tsx';
import { isWithoutGateway, quarantineStanding } from './quarantine-standing.ts';

const FOLLOW_MS = 1000;

export function QuarantineTab() {
  const { at } = useNetwork();
  const answer = useAnswer(
    'list-quarantines',
    { query: { at } },
    { keep: true, ...(at === undefined ? { everyMs: FOLLOW_MS } : {}) },
  );
  return (
    <>
      {at === undefined ? <QuarantinePicker /> : null}
      <Answer of={answer}>
        {({ quarantines }) =>
          quarantines.length === 0 ? (
            <Empty title={at === undefined ? 'Nothing is in quarantine' : 'Nothing was in quarantine then'}>
              When something looks wrong, take it off first and ask afterwards: releasing is quick, too.
            </Empty>
          ) : (
            <div className="pl-stack" style={{ gap: 16 }}>
              {quarantines.map((one) => (
                <QuarantineCard key={one.id} quarantine={one} />
              ))}
            </div>
          )
        }
      </Answer>
    </>
  );
}

const KINDS = { host: 'Host', person: 'Person', project: 'Project' } as const;

function QuarantineCard({ quarantine }: { readonly quarantine: QuarantineView }) {
  const [search] = useSearchParams();
  const { scope, reason, orderedAt, orderedBy, cut, credentialCount, unheld } = quarantine;
  const isNew = search.get('show') === quarantine.id;
  return (
    <article className={isNew ? 'pl-card nw-quarantine nw-quarantine-new' : 'pl-card nw-quarantine'}>
      <header className="pl-spread">
        <div className="pl-row" style={{ gap: 10, flexWrap: 'nowrap' }}>
          <IconBiohazard size={24} color="var(--pl-bad)" aria-hidden />
          <div>
            <h2>
              <span className="pl-dim">{KINDS[scope.kind]}</span> <ScopeName quarantine={quarantine} />
            </h2>
            <p className="pl-dim pl-small">
              by {orderedBy === undefined ? 'the console' : <PersonName person={orderedBy} />},{' '}
              <Moment at={orderedAt} />
              {credentialCount === 0 ? '' : `; ${countText(credentialCount, 'credential')} held`}
            </p>
          </div>
        </div>
        <CutState quarantine={quarantine} />
      </header>
      <p className="nw-reason">“{reason}”</p>
      {unheld === undefined ? null : (
        <Notice tone="bad">
          <strong>{unheld.says}</strong> {unheld.next}
        </Notice>
      )}
      <NoGateway quarantine={quarantine} />
      {cut === undefined ? null : <Receipts cut={cut} />}
      <Release quarantine={quarantine} />
    </article>
  );
}

function ScopeName({ quarantine: { scope, name } }: { readonly quarantine: QuarantineView }) {
  const { hat } = useNetwork();
  const text = name ?? 'sealed name';
  if (scope.kind === 'host')
    return (
      <Link className="pl-main-link" to={paths.network(hat, 'map', { host: scope.host })}>
        {text}
      </Link>
    );
  if (hat === 'assess') return <>{text}</>;
  return (
    <Link
      className="pl-main-link"
      to={scope.kind === 'person' ? paths.person(scope.person) : paths.project(name ?? scope.project)}
    >
      {text}
    </Link>
  );
}

function CutState({ quarantine }: { readonly quarantine: QuarantineView }) {
  const standing = quarantineStanding(quarantine);
  return standing === undefined ? null : <Status tone={standing.tone}>{standing.says}</Status>;
}

/** Receipts say what gates did. Where no gateway is among them, its silence is told as loudly. */
function NoGateway({ quarantine }: { readonly quarantine: QuarantineView }) {
  if (!isWithoutGateway(quarantine)) return null;
  return (
    <Notice tone="bad">
      <strong>Network: no receipt.</strong> No gateway answers to this facility, so nothing here drops packets. Sessions
      and credentials are ended all the same. Pull the cable or close the switch port, and start the gate beside the
      warden on the machine that routes.
    </Notice>
  );
}

function Release({ quarantine }: { readonly quarantine: QuarantineView }) {
  const shown = useNetwork();
  const viewer = useViewer();
  const confirm = useConfirm();
  const [ask, release] = [useAct('ask-release'), useAct('release-quarantine')];
  const { id, releaseAsked, notYou } = quarantine;
  const name = quarantine.name ?? 'this';
  const past = pastReason(shown);
  const askFor = () =>
    confirm({
      title: `Ask to release ${name}?`,
      body: 'Say what was found and why it is safe now. Somebody else carries the release out.',
      verb: 'Ask for the release',
      reason: 'required',
      act: (reason) => ask.mutateAsync({ params: { quarantine: id }, body: { reason: reason ?? '' } }),
    });
  const letGo = () =>
    confirm({
      title: `Release ${name}?`,
      body: (
        <>
          {releaseAsked?.by?.name ?? 'Somebody'} says: “{releaseAsked?.reason}”. It may use the network again as the
          model says, and its credentials work again.
        </>
      ),
      verb: 'Release',
      act: () => release.mutateAsync({ params: { quarantine: id } }),
    });
  if (releaseAsked === undefined)
    return (
      <footer className="nw-release">
        <span className="pl-dim">Stays off until two people let it go.</span>
        <ActButton variant="default" unless={past ?? lacking(viewer.may, 'quarantine.release')} onClick={askFor}>
          Ask for the release…
        </ActButton>
      </footer>
    );
  return (
    <footer className="nw-release">
      <span>
        {releaseAsked.by === undefined ? 'Somebody' : <PersonName person={releaseAsked.by} />} asked for the release{' '}
        <Moment at={releaseAsked.at} />: “{releaseAsked.reason}”
      </span>
      <ActButton unless={past ?? notYou} onClick={letGo}>
        Release…
      </ActButton>
    </footer>
  );
}
