/**
 * One line of text for one act, so that a table of rules reads like the rules:
 *
 *     editor @ alpha 09:00–18:00 mon–fri -> read media/a.mov
 *     engineer -> facility.configure
 *
 * `@ project` is left out for facility roles; hours and days may be left out. `read`, `list`, `write`, `move`, `delete` and
 * `restore` are file actions, `make` makes a folder; any other action is written out.
 */
import type { Action } from '#model/actions.ts';
import { isAction } from '#model/actions.ts';
import type { Hours } from '#model/events.ts';

export interface Drawing {
  readonly role: string;
  /** The project's alias; absent for a facility role. */
  readonly project: string | undefined;
  readonly hours: Hours | undefined;
  readonly action: Action;
  readonly path: string | undefined;
}

const LINE = new RegExp(
  [
    /^(?<role>[a-z-]+)(?: @ (?<project>[a-z0-9-]+))?/,
    /(?: (?<from>\d\d:\d\d)[–-](?<until>\d\d:\d\d))?(?: (?<first>[a-z]{3})(?:[–-](?<last>[a-z]{3}))?)?/,
    / -> (?<verb>[a-z.-]+)(?: (?<path>.*))?$/,
  ]
    .map(({ source }) => source)
    .join(''),
);

const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const;

/** Throws a RangeError that quotes what it cannot read. */
export function parseDrawing(text: string): Drawing {
  const found = LINE.exec(text)?.groups;
  if (found === undefined) throw new RangeError(`not a drawing: ${text}`);
  const { role = '', project, from, until, first, last, verb = '', path } = found;
  return { role, project, hours: hoursOf(from, until, first, last), action: actionOf(verb), path };
}

function hoursOf(from?: string, until?: string, first?: string, last?: string): Hours | undefined {
  if (from === undefined || until === undefined) return undefined;
  return { days: daysOf(first, last), from: minuteOf(from), until: minuteOf(until) };
}

function minuteOf(text: string): number {
  const [hour, minute] = text.split(':').map(Number);
  return (hour ?? 0) * 60 + (minute ?? 0);
}

/** `fri–mon` goes round the weekend. */
function daysOf(first?: string, last?: string): number[] {
  if (first === undefined) return [0, 1, 2, 3, 4, 5, 6];
  const begin = dayOf(first);
  const end = last === undefined ? begin : dayOf(last);
  return Array.from({ length: ((end - begin + 7) % 7) + 1 }, (_, i) => (begin + i) % 7);
}

function dayOf(name: string): number {
  const day = DAYS.findIndex((known) => known === name);
  if (day === -1) throw new RangeError(`not a day: ${name}`);
  return day;
}

function actionOf(verb: string): Action {
  const action = verb === 'make' ? 'folder.make' : verb.includes('.') ? verb : `file.${verb}`;
  if (!isAction(action)) throw new RangeError(`not an action: ${verb}`);
  return action;
}
