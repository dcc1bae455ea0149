/** Which live sessions, and which of their attached things, an order to cut covers. Wider than needed rather than narrower. */
import type { Attachment } from '#gates/registry/live.ts';
import { isOneOf } from '#model/cut.ts';
import type { CutScope } from '#model/events.ts';
import type { State } from '#model/state.ts';
import type { CredentialId, EngagementId, PersonId, ProjectId, SessionId } from '#std/ids.ts';

/**
 * - `connection`: the session is one socket that shows every project.
 * - `visits`: it is a cookie; what is attached is told apart.
 * - `path`: it is a path in the packet filter, which holds its deadline by itself. It outlives this process, and a lost engine.
 */
export type Shape = 'connection' | 'visits' | 'path';

export type Coverage =
  | { readonly kind: 'none' }
  | { readonly kind: 'whole' }
  /** The session lives on; these attached things end. */
  | { readonly kind: 'part'; readonly attachments: readonly Attachment[] };

/** What an order can name of a session, live or only stored. */
export interface Coverable {
  readonly id: SessionId;
  readonly person: PersonId;
  readonly project?: ProjectId;
  readonly engagement?: EngagementId;
  readonly credential?: CredentialId;
  readonly from?: string;
  readonly attachments: Iterable<Attachment>;
}

const NONE: Coverage = { kind: 'none' };
const WHOLE: Coverage = { kind: 'whole' };

export function coverage(state: State, scope: CutScope, live: Coverable, shape: Shape, orderedAt: number): Coverage {
  switch (scope.kind) {
    case 'person':
      return live.person === scope.person ? WHOLE : NONE;
    case 'credential':
      return (scope.sessions?.includes(live.id) ?? live.credential === scope.credential) ? WHOLE : NONE;
    case 'session':
      return live.id === scope.session ? WHOLE : NONE;
    case 'host':
      if (scope.sessions?.includes(live.id) === true) return WHOLE; // a path leads from it to the machine
      if (live.from !== undefined && isOneOf(scope.addresses, live.from)) return WHOLE;
      return part(live, ({ from }) => from !== undefined && isOneOf(scope.addresses, from));
    case 'engagement':
      if (live.engagement === scope.engagement) return WHOLE;
      return live.person === scope.person ? onProject(live, scope.project, shape) : NONE;
    case 'project':
      if (live.project === scope.project) return WHOLE;
      return isOn(state, live.person, scope.project, orderedAt) ? onProject(live, scope.project, shape) : NONE;
  }
}

function onProject(live: Coverable, project: ProjectId, shape: Shape): Coverage {
  if (live.project !== undefined) return live.project === project ? WHOLE : NONE;
  if (shape === 'connection') return WHOLE;
  return part(live, ({ needs }) => needs === undefined || needs.project === project);
}

function part(live: Coverable, isCovered: (attachment: Attachment) => boolean): Coverage {
  const attachments = [...live.attachments].filter(isCovered);
  return attachments.length === 0 ? NONE : { kind: 'part', attachments };
}

/** On the project when the order was given: engagements that this very order ends count. */
function isOn(state: State, person: PersonId, project: ProjectId, orderedAt: number): boolean {
  const ids = state.index.engagementsOf.get(person)?.get(project) ?? [];
  return ids.some((id) => {
    const ended = state.engagements.get(id)?.ended;
    return ended === undefined || ended.at >= orderedAt;
  });
}
