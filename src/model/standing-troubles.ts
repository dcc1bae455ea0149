/**
 * Troubles that were told and stand: a part of the alerts of a state, so that each is told once over any number of restarts. How many are told in an hour has
 * a limit; what is over it is told in the next one if it stands then. Without a way out nothing is kept, and who sets one up is told of what stands.
 */
import type { Asked, CommandOf } from '#model/commands.ts';
import type { Alerts } from '#model/alerts.ts';
import type { DataOf } from '#model/events.ts';
import { HOUR_MS } from '#model/limits.ts';
import { alreadyDone } from '#model/refusals.ts';
import type { State } from '#model/state.ts';
import { decided, draft, present } from '#model/transition.ts';
import type { Decided, Deciders, Evolvers } from '#model/transition.ts';
import type { ProjectId, VaultId } from '#std/ids.ts';
import { refused } from '#std/refused.ts';
import { Map as PMap } from 'immutable';

export const TROUBLES_PER_HOUR_MAX = 30;
/** Of more nothing is told until some are over. */
export const TROUBLES_STANDING_MAX = 1000;

export interface StandingTrouble extends DataOf<'backup.trouble'> {
  readonly project?: ProjectId;
  readonly vault?: VaultId;
  readonly since: number;
}

export interface StandingTroubles {
  readonly standing: PMap<string, StandingTrouble>;
  /** The hour that is counted, and how many began in it. */
  readonly hour: number;
  readonly begun: number;
}

const NONE: StandingTroubles = { standing: PMap(), hour: 0, begun: 0 };

/** What makes two troubles the same one. */
export function troubleKey(one: {
  readonly code: string;
  readonly project?: ProjectId | undefined;
  readonly vault?: VaultId | undefined;
}): string {
  return `${one.code} ${one.project ?? ''} ${one.vault ?? ''}`;
}

export function standingTroubles({ troubles = NONE }: Alerts): StandingTroubles['standing'] {
  return troubles.standing;
}

/** How many more may be told now. */
export function troublesLeft({ troubles = NONE }: Alerts, at: number): number {
  const begun = troubles.hour === hourOf(at) ? troubles.begun : 0;
  return Math.max(0, Math.min(TROUBLES_PER_HOUR_MAX - begun, TROUBLES_STANDING_MAX - troubles.standing.size));
}

function hourOf(at: number): number {
  return Math.floor(at / HOUR_MS);
}

function withTroubles(state: State, change: (troubles: StandingTroubles) => StandingTroubles): State {
  const { alerts } = state;
  if (alerts.ways.isEmpty()) return state;
  return { ...state, alerts: { ...alerts, troubles: change(alerts.troubles ?? NONE) } };
}

export const standingTroublesEvolve = {
  'backup.trouble': (state, { about: { project, vault }, data, at }) =>
    withTroubles(state, ({ standing, hour, begun }) => {
      const trouble = present<StandingTrouble>({ ...data, project, vault, since: at });
      return {
        standing: standing.set(troubleKey(trouble), trouble),
        hour: hourOf(at),
        begun: hour === hourOf(at) ? begun + 1 : 1,
      };
    }),
  'backup.trouble-over': (state, { about: { project, vault }, data }) =>
    withTroubles(state, (troubles) => ({
      ...troubles,
      standing: troubles.standing.delete(troubleKey({ ...data, project, vault })),
    })),
} satisfies Evolvers;

export const standingTroublesDecide = {
  'note-trouble': (state, command, asked) => {
    const { code, weight } = command;
    if (state.alerts.ways.isEmpty())
      return refused('no-alert-way', 'Alerts have no way out yet.', 'Start with --alert-command or --alert-webhook.');
    if (standingTroubles(state.alerts).has(troubleKey(command))) return alreadyDone('This was told, and stands.');
    if (troublesLeft(state.alerts, asked.at) === 0)
      return refused('too-many-troubles', 'So many were told within this hour.', 'The next hour tells what stands.');
    return about(asked, command, 'backup.trouble', { code, weight });
  },
  'end-trouble': (state, command, asked) => {
    if (!standingTroubles(state.alerts).has(troubleKey(command))) return alreadyDone('This is not told as standing.');
    return about(asked, command, 'backup.trouble-over', { code: command.code });
  },
} satisfies Deciders;

function about<K extends 'backup.trouble' | 'backup.trouble-over'>(
  asked: Asked,
  { project, vault }: Pick<CommandOf<'end-trouble'>, 'project' | 'vault'>,
  kind: K,
  data: DataOf<K>,
): Decided {
  const named = { ...(project === undefined ? {} : { project }), ...(vault === undefined ? {} : { vault }) };
  return decided(draft(asked, kind, project ?? 'facility', named, data));
}
