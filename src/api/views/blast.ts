/** Blast radius as the API shows it: numbers, names, and the lists behind them. */
import type {
  BlastView,
  BreachNumbers,
  BreachSubjectView,
  BreachView,
  RadiusView,
} from '#api/endpoints/blast-views.ts';
import { hostName, ruleName, zoneName } from '#api/views/network.ts';
import type { Viewer } from '#api/views/viewer.ts';
import { defined } from '#api/views/viewer.ts';
import type { BlastRadius, Radius, Subject, Survey } from '#plan/network/blast/blast-radius.ts';
import { whatIf } from '#plan/network/blast/blast-radius.ts';
import type { ChokePoint } from '#plan/network/blast/choke-points.ts';
import type { Exposure } from '#plan/network/blast/exposure.ts';
import type { HostId, ProjectId } from '#std/ids.ts';

const HOSTS_LISTED_MAX = 500;
/** Of each list, those that expose most. */
const ROWS_MAX = 200;

export function blastView(viewer: Viewer, radius: BlastRadius, chokes: readonly ChokePoint[]): BlastView {
  const rows = (some: readonly Radius[]) =>
    some
      .toSorted((a, b) => b.worst.exposed.share - a.worst.exposed.share)
      .slice(0, ROWS_MAX)
      .map((one) => radiusView(viewer, one));
  const { at, until, basis, projects, hosts, people, credentials, worst, isComplete } = radius;
  return {
    at,
    until,
    basis,
    projects,
    hosts: rows(hosts),
    people: rows(people),
    credentials: rows(credentials),
    worst: worst.map((one) => radiusView(viewer, one)),
    counts: { hosts: hosts.length, people: people.length, credentials: credentials.length },
    chokePoints: chokes.map((point) => chokeView(viewer, point)),
    complete: isComplete,
  };
}

export function radiusView(viewer: Viewer, { subject, now, worst }: Radius): RadiusView {
  return { subject: subjectView(viewer, subject), now: numbersOf(now), worst: numbersOf(worst) };
}

function numbersOf(exposure: Exposure): BreachNumbers {
  const { at, direct, pivot, anyWay, neighbours, opened, exposed, rights, internet } = exposure;
  return { at, direct, pivot, anyWay, neighbours, opened, exposed, rights, internet };
}

export function subjectView(viewer: Viewer, subject: Subject): BreachSubjectView {
  const { state } = viewer;
  switch (subject.kind) {
    case 'host': {
      const zone = state.hosts.get(subject.host)?.zone;
      const detail = zone === undefined ? undefined : zoneName(state, zone);
      return defined<BreachSubjectView>({
        kind: 'host',
        id: subject.host,
        name: hostName(state, subject.host),
        detail,
      });
    }
    case 'person':
      return { kind: 'person', id: subject.person, name: viewer.person(subject.person).name };
    case 'credential': {
      const credential = state.credentials.get(subject.credential);
      const detail = credential === undefined ? undefined : (viewer.person(credential.person).name ?? 'sealed name');
      return defined<BreachSubjectView>({
        kind: 'credential',
        id: subject.credential,
        name: credential?.label ?? subject.credential,
        detail,
      });
    }
  }
}

function chokeView({ state }: Viewer, { what, hosts, share }: ChokePoint): BlastView['chokePoints'][number] {
  if (what.kind === 'host') return { kind: 'host', id: what.host, name: hostName(state, what.host), hosts, share };
  return { kind: 'rule', id: what.rule, name: ruleName(state, what.rule) ?? what.rule, hosts, share };
}

export function breachView(viewer: Viewer, survey: Survey, subjects: readonly Subject[]): BreachView {
  const { lists, ...exposure } = whatIf(survey, subjects);
  const hosts = (ids: readonly HostId[]) => ids.slice(0, HOSTS_LISTED_MAX).map((id) => hostRef(viewer, id));
  const projects = (ids: readonly ProjectId[]) => ids.map((id) => viewer.project(id));
  return {
    subjects: subjects.map((subject) => subjectView(viewer, subject)),
    numbers: numbersOf(exposure),
    hosts: {
      starts: hosts(lists.starts),
      direct: hosts(lists.direct),
      pivot: hosts(lists.pivot),
      neighbours: hosts(lists.neighbours),
      anyWay: hosts(lists.anyWay),
    },
    projects: {
      exposed: projects(lists.projects.exposed),
      opened: projects(lists.projects.opened),
      direct: projects(lists.projects.direct),
      pivot: projects(lists.projects.pivot),
      anyWay: projects(lists.projects.anyWay),
    },
  };
}

function hostRef({ state }: Viewer, id: HostId) {
  const zone = state.hosts.get(id)?.zone;
  return { id, name: hostName(state, id), zone: zone === undefined ? '' : zoneName(state, zone) };
}
