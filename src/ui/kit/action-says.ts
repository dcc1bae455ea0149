/** Actions as people say them. Pure. */
import { isAction, traitsOf } from '#model/actions.ts';

/** `open and download files`; the name itself when it is none of ours. */
export function actionSays(action: string): string {
  return isAction(action) ? traitsOf(action).says : action;
}

export function actionTitle(action: string): string {
  const says = actionSays(action);
  return says.charAt(0).toUpperCase() + says.slice(1);
}

const REACHES = [
  ['file', 'Files'],
  ['project', 'On a project'],
  ['facility', 'Over the facility'],
] as const;

/** For long lists: what is about files, about a project, about the facility. */
export function byReach(actions: readonly string[]): readonly (readonly [title: string, actions: readonly string[]])[] {
  return REACHES.map(
    ([reach, title]) =>
      [title, actions.filter((action) => isAction(action) && traitsOf(action).reach === reach)] as const,
  ).filter(([, { length }]) => length > 0);
}
