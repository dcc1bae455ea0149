/** The table of roles and actions as a document: what docs/spec/roles.md holds, rendered from the table that decides. */
import type { ActionTraits } from '#model/actions.ts';
import { ACTIONS } from '#model/actions.ts';
import type { BuiltInRole } from '#model/built-in-roles.ts';
import { BUILT_IN, BUILT_IN_NAMES, WORKSPACE_FOLDERS } from '#model/built-in-roles.ts';

const FILE_ACTS = ['list', 'read', 'write', 'move', 'delete', 'restore', 'folder'] as const;

export function renderRoles(): string {
  const rows = BUILT_IN_NAMES.map((name): readonly [string, BuiltInRole] => [name, BUILT_IN[name]]);
  const of = (scope: BuiltInRole['scope']) => rows.filter(([, row]) => row.scope === scope);
  return (
    [
      '# Roles and actions',
      'Rendered from `src/model/built-in-roles.ts` and `src/model/actions.ts` by a test; do not edit. ' +
        'The table is recorded in the ledger when a facility is created, and ' +
        'again when a release changes it. Custom roles are data of the same shape.',
      '## Roles of a project',
      'Held through an engagement: one person, one project, from–until.',
      table(
        ['role', 'for', 'may'],
        of('project').map(([name, row]) => [`\`${name}\``, row.for, row.may.map(code).join(' ')]),
      ),
      '## What project roles may do with files',
      'Each cell names the top folders of the workspace. Whoever may list anything may list the root; top folders themselves are fixed.',
      table(
        ['role', ...FILE_ACTS.map((act) => (act === 'folder' ? 'make folder' : act))],
        of('project').map(([name, row]) => [`\`${name}\``, ...fileCells(row)]),
      ),
      '## Roles of the facility',
      'Held by a person until a date. None of them reads pictures.',
      table(
        ['role', 'for', 'may'],
        of('facility').map(([name, row]) => [`\`${name}\``, row.for, row.may.map(code).join(' ')]),
      ),
      '## Actions',
      'A **sensitive** action needs a second factor shown within the last 12 hours. A **closed** action stays possible while a project is locked or wrapped. ' +
        'An **own** action is everybody’s for themselves. A **changes** action alters the workspace, beneath its top folders.',
      table(
        ['action', 'lets somebody', 'on', 'traits'],
        Object.entries<ActionTraits>(ACTIONS).map(([action, traits]) => [
          code(action),
          traits.says,
          traits.reach,
          traitNames(traits),
        ]),
      ),
    ].join('\n\n') + '\n'
  );
}

function fileCells(row: BuiltInRole): readonly string[] {
  return FILE_ACTS.map((act) => {
    const folders = row.files?.[act];
    if (folders === undefined) return '–';
    return folders.length === WORKSPACE_FOLDERS.length ? 'all' : folders.join(', ');
  });
}

function traitNames({ sensitive, closed, own, changes }: ActionTraits): string {
  return Object.entries({ sensitive, closed, own, changes })
    .flatMap(([name, isSo]) => (isSo === true ? [name] : []))
    .join(', ');
}

function code(text: string): string {
  return `\`${text}\``;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
