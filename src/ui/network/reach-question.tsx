/** One question to the proof: from where, to where, on what. The question stands in the address. */
import { Autocomplete, Select } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useSearchParams } from '../kit/address.ts';
import { Link } from 'react-router';
import type { NetworkView, ReachView } from '#api/endpoints/network-views.ts';
import { protocol as protocols } from '#model/network-shapes.ts';
import { useAnswer } from '../data/query.ts';
import { Answer } from '../kit/answer.tsx';
import { Moment } from '../kit/moment.tsx';
import { PersonName } from '../kit/person-name.tsx';
import { paths } from '../paths.ts';
import { IconCircleCheckFilled, IconCircleHalf2, IconLock } from '@tabler/icons-react';
import { dialogQuery } from './dialog-address.ts';
import { useNetwork } from './network-context.ts';
import { PacketLine } from './packet-line.tsx';
import { LineField } from './fields.tsx';

const TYPING_MS = 350;
const OPTIONS_SHOWN = 30;

export function ReachQuestion() {
  const { net } = useNetwork();
  const [search, setSearch] = useSearchParams();
  const set = (name: string, value: string | null) =>
    setSearch(
      (before) => {
        if (value === null || value === '') before.delete(name);
        else before.set(name, value);
        return before;
      },
      { replace: true },
    );
  const ask = (name: string) => search.get(name) ?? '';
  return (
    <div className="pl-card pl-pad pl-stack">
      <div className="nw-question">
        <PlaceField label="From" value={ask('x')} onChange={(value) => set('x', value)} />
        <PlaceField label="To" value={ask('y')} onChange={(value) => set('y', value)} />
        <Select
          label="Protocol"
          data={protocols.options.map((value) => ({ value, label: value === 'any' ? 'any' : value }))}
          value={ask('protocol') || 'any'}
          allowDeselect={false}
          onChange={(value) => set('protocol', value === 'any' ? null : value)}
        />
        <LineField label="Port" placeholder="any" value={ask('port')} onChange={(value) => set('port', value)} />
      </div>
      <ReachAnswer question={questionOf(net, ask)} />
    </div>
  );
}

interface PlaceFieldProps {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
}

/** Hosts and zones by name; addresses and networks as they are. */
function PlaceField({ label, value, onChange }: PlaceFieldProps) {
  const { net } = useNetwork();
  const names = [...net.zones, ...net.hosts].map((one) => one.name);
  return (
    <Autocomplete
      label={label}
      placeholder="Host, zone, address or network"
      data={[...new Set(names)]}
      limit={OPTIONS_SHOWN}
      value={value}
      onChange={onChange}
    />
  );
}

interface Question {
  readonly from: string;
  readonly to: string;
  readonly protocol: string;
  readonly port: string;
}

function questionOf(net: NetworkView, ask: (name: string) => string): Question | undefined {
  const idOf = (text: string) => [...net.zones, ...net.hosts].find((one) => one.name === text)?.id ?? text;
  const [from, to] = [idOf(ask('x').trim()), idOf(ask('y').trim())];
  return from === '' || to === '' ? undefined : { from, to, protocol: ask('protocol'), port: ask('port') };
}

function ReachAnswer({ question }: { readonly question: Question | undefined }) {
  const { at } = useNetwork();
  const [settled] = useDebouncedValue(question, TYPING_MS);
  const port = Number(settled?.port ?? '');
  const chosen = protocols.options.find((one) => one === settled?.protocol);
  const body = {
    from: settled?.from ?? '',
    to: settled?.to ?? '',
    ...(chosen === undefined ? {} : { protocol: chosen }),
    ...(settled?.port !== '' && Number.isInteger(port) && port >= 0 && port <= 65_535 ? { port } : {}),
    ...(at === undefined ? {} : { at }),
  };
  const answer = useAnswer('network-reach', { body }, { enabled: settled !== undefined, keep: true });
  if (question === undefined) return <p className="pl-dim pl-small">Say from where to where.</p>;
  return (
    <Answer of={answer} rows={2}>
      {(found) => <Reached reach={found} />}
    </Answer>
  );
}

function Reached({ reach }: { readonly reach: ReachView }) {
  const { may, whole, says, because, packet, until, next, neighbours } = reach;
  const isPart = may && !whole;
  const Shape = !may ? IconLock : isPart ? IconCircleHalf2 : IconCircleCheckFilled;
  return (
    <div className="nw-reach" aria-live="polite">
      <Shape size={22} aria-hidden color={!may ? 'var(--pl-dim)' : isPart ? 'var(--pl-warn)' : 'var(--pl-ok)'} />
      <div className="pl-stack" style={{ gap: 6 }}>
        <div className="pl-strong">
          {says}
          {until === undefined ? null : (
            <>
              {' '}
              until <Moment at={until} />
            </>
          )}
        </div>
        {packet === undefined ? null : (
          <div className="pl-small">
            {may ? 'One packet that passes: ' : 'One packet that does not: '}
            <PacketLine packet={packet} />
          </div>
        )}
        {because.length === 0 ? null : <Because rules={because} />}
        {neighbours ? (
          <p className="pl-small">Both stand in one segment: what passes between them never meets the gateway.</p>
        ) : null}
        {next === undefined ? null : <Next lines={next.split('\n')} />}
      </div>
    </div>
  );
}

function Next({ lines }: { readonly lines: readonly string[] }) {
  if (lines.length === 1) return <p className="pl-dim pl-small">{lines[0]}</p>;
  return (
    <div className="pl-dim pl-small">
      To open it, any of these:
      <ul style={{ margin: '2px 0 0', paddingLeft: 18 }}>
        {lines.map((line) => (
          <li key={line}>{line}</li>
        ))}
      </ul>
    </div>
  );
}

function Because({ rules }: { readonly rules: ReachView['because'] }) {
  const { net, hat } = useNetwork();
  return (
    <ul className="nw-because">
      {rules.map((rule) => (
        <li key={rule.id}>
          {net.flows.some((flow) => flow.id === rule.id) ? (
            <Link to={paths.network(hat, 'rules', dialogQuery('flow', rule.id))}>{rule.name}</Link>
          ) : (
            rule.name
          )}
          {rule.reason === undefined ? null : <span className="pl-dim"> “{rule.reason}”</span>}
          {rule.owner === undefined ? null : (
            <span className="pl-dim">
              , <PersonName person={rule.owner} />
            </span>
          )}
        </li>
      ))}
    </ul>
  );
}
