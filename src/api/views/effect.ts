/** What a command would change, in words and per person; or why it would be refused. */
import { authorize } from '#access/authorize.ts';
import { effectOf } from '#access/effect.ts';
import type { EffectLine } from '#access/effect.ts';
import type { EffectView } from '#api/endpoints/views.ts';
import type { Viewer } from '#api/views/viewer.ts';
import type { Command } from '#model/commands.ts';
import type { By } from '#model/events.ts';
import type { Refused } from '#std/refused.ts';
import { isRefused } from '#std/refused.ts';

export function effectView(viewer: Viewer, command: Command, by: By): EffectView {
  const allowed = authorize(viewer.state, command, by, viewer.at);
  if (isRefused(allowed)) return nothing(allowed);
  const effect = effectOf(viewer.state, command, { by, at: viewer.at });
  if (isRefused(effect)) return nothing(effect);
  const { lines, summary } = effect.value;
  return {
    sentences: [summary, ...lines.map(({ words }) => words)],
    gains: perPerson(viewer, lines, 'gains'),
    losses: perPerson(viewer, lines, 'loses'),
  };
}

function nothing({ code, message, ask }: Refused): EffectView {
  return { sentences: [], gains: [], losses: [], refused: { code, message, ...(ask === undefined ? {} : { ask }) } };
}

function perPerson(viewer: Viewer, lines: readonly EffectLine[], change: EffectLine['change']): EffectView['gains'] {
  const found = new Map<string, EffectView['gains'][number]>();
  for (const { action, project, people, change: own } of lines) {
    if (own !== change) continue;
    for (const id of people) {
      const key = `${id} ${project ?? ''}`;
      const row = found.get(key) ?? {
        person: viewer.person(id),
        actions: [],
        ...(project === undefined ? {} : { project: viewer.project(project) }),
      };
      row.actions.push(action);
      found.set(key, row);
    }
  }
  return [...found.values()];
}
