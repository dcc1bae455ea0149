/** An import in words: what the text says wrong, what it changes, which of its tests hold. */
import type { Weighed } from '#api/facility-file/weigh-import.ts';
import type { ImportView } from '#api/endpoints/network-import.ts';
import { problemOf } from '#api/problem.ts';
import { hostName, ruleName, zoneName } from '#api/views/network.ts';
import { packetView } from '#api/views/packet.ts';
import { previewView } from '#api/views/preview.ts';
import type { Viewer } from '#api/views/viewer.ts';
import { defined } from '#api/views/viewer.ts';
import type { NetworkChange } from '#model/network-change.ts';
import type { By } from '#model/events.ts';
import type { State } from '#model/state.ts';
import { testName } from '#plan/facility-file/kept-tests.ts';

const CHANGES_SHOWN = 200;

export function importView(viewer: Viewer, weighed: Weighed, by: By): ImportView {
  const { state } = viewer;
  const changes = [...weighed.changes];
  const preview = changes.length === 0 ? undefined : previewView(viewer, { kind: 'import-network', changes }, by);
  const own = weighed.refused === undefined ? undefined : problemOf(weighed.refused);
  const refused = preview?.refused?.code === 'policy-test-fails' ? (own ?? preview.refused) : (preview?.refused ?? own);
  return defined<ImportView>({
    troubles: weighed.troubles.map((trouble) => ({ ...trouble })),
    changes: changes.slice(0, CHANGES_SHOWN).map((change) => changeLine(state, changes, change)),
    changeCount: changes.length,
    tests: weighed.tests.map(({ line, kind, holds, says, packet }) => ({
      line,
      kind,
      holds,
      says,
      ...(packet === undefined ? {} : { packet: packetView(state, packet) }),
    })),
    preview,
    refused,
    entries: undefined,
  });
}

type Line = ImportView['changes'][number];

function changeLine(state: State, all: readonly NetworkChange[], change: NetworkChange): Line {
  switch (change.kind) {
    case 'add-zone':
      return { sign: '+', noun: 'zone', name: change.name };
    case 'change-zone':
      return { sign: '~', noun: 'zone', name: change.name };
    case 'remove-zone':
      return { sign: '-', noun: 'zone', name: zoneName(state, change.zone) };
    case 'add-host':
      return { sign: '+', noun: 'host', name: change.name };
    case 'change-host':
      return { sign: '~', noun: 'host', name: change.name };
    case 'remove-host':
      return { sign: '-', noun: 'host', name: hostName(state, change.host) };
    case 'define-service':
      return { sign: state.network.services.has(change.service) ? '~' : '+', noun: 'service', name: change.name };
    case 'retire-service':
      return { sign: '-', noun: 'service', name: state.network.services.get(change.service)?.name ?? change.service };
    default:
      return ruleLine(state, all, change);
  }
}

type PlaceKind =
  | 'add-zone'
  | 'change-zone'
  | 'remove-zone'
  | 'add-host'
  | 'change-host'
  | 'remove-host'
  | 'define-service'
  | 'retire-service';
type RuleChange = Exclude<NetworkChange, { kind: PlaceKind }>;

function ruleLine(state: State, all: readonly NetworkChange[], change: RuleChange): Line {
  switch (change.kind) {
    case 'add-flow': {
      const ends = [change.from, change.to].map((end) => endName(state, all, end));
      return { sign: '+', noun: 'flow', name: `${ends.join(' → ')}: ${change.reason}` };
    }
    case 'review-flow':
      return { sign: '~', noun: 'flow', name: ruleName(state, change.flow) ?? change.flow };
    case 'remove-flow':
      return { sign: '-', noun: 'flow', name: ruleName(state, change.flow) ?? change.flow };
    case 'add-exposure':
      return { sign: '+', noun: 'exposure', name: change.publicName };
    case 'review-exposure':
      return { sign: '~', noun: 'exposure', name: ruleName(state, change.exposure) ?? change.exposure };
    case 'remove-exposure':
      return { sign: '-', noun: 'exposure', name: ruleName(state, change.exposure) ?? change.exposure };
    case 'except-invariant':
      return { sign: '+', noun: 'exception', name: `${change.invariant}: ${change.reason}` };
    case 'keep-policy-test':
      return { sign: '+', noun: 'policy test', name: testName(change.test) };
    case 'drop-policy-test':
      return { sign: '-', noun: 'policy test', name: testName(change.test) };
    case 'end-invariant-exception': {
      const exception = state.network.exceptions.get(change.exception);
      const name = exception === undefined ? change.exception : `${exception.invariant}: ${exception.reason}`;
      return { sign: '-', noun: 'exception', name };
    }
  }
}

/** Of what is there, or of what the same import adds. */
function endName(
  state: State,
  all: readonly NetworkChange[],
  end: Extract<NetworkChange, { kind: 'add-flow' }>['from'],
): string {
  if (end.kind === 'network') return end.name;
  for (const change of all) {
    if (end.kind === 'zone' && change.kind === 'add-zone' && change.zone === end.zone) return change.name;
    if (end.kind === 'host' && change.kind === 'add-host' && change.host === end.host) return change.name;
  }
  return end.kind === 'zone' ? zoneName(state, end.zone) : hostName(state, end.host);
}
