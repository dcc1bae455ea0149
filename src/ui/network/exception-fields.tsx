/** A change that breaks an invariant is made only with an exception: somebody else who answers for it, a reason, an end. */
import { Textarea } from '@mantine/core';
import type { InvariantId } from '#model/network-shapes.ts';
import type { ExposureId, FlowId, HostId, PersonId, ZoneId } from '#std/ids.ts';
import { useViewer } from '../data/viewer.ts';
import { UntilField } from '../kit/until-field.tsx';
import { Notice } from '../kit/status.tsx';
import type { Edit } from './change-dialog.tsx';
import { PersonField, reviewIn } from './fields.tsx';

export interface ExceptionSubject {
  readonly flow?: FlowId;
  readonly exposure?: ExposureId;
  readonly host?: HostId;
  readonly zone?: ZoneId;
}

export interface ExceptionDraft {
  readonly owner: PersonId | undefined;
  readonly reason: string;
  readonly until: number;
}

const FIRST_DAYS = 30;

/** The batch with its exceptions; a rule that lives by an exception ends with it at the latest. Undefined while a field is missing. */
export function withExceptions(
  edits: readonly Edit[],
  draft: ExceptionDraft | undefined,
  subject: ExceptionSubject,
  broken: readonly InvariantId[],
): Edit[] | undefined {
  if (draft?.owner === undefined || draft.reason.trim() === '' || broken.length === 0) return undefined;
  const { owner, until } = draft;
  const reason = draft.reason.trim();
  const bounded = edits.map((edit) =>
    edit.kind === 'add-flow' || edit.kind === 'add-exposure'
      ? { ...edit, until: Math.min(edit.until ?? until, until) }
      : edit,
  );
  const exceptions = broken.map((invariant) => ({
    kind: 'except-invariant' as const,
    invariant,
    ...subject,
    owner,
    reason,
    until,
  }));
  // What goes can be named only before it is gone; what comes, only after it has come.
  return edits.some(({ kind }) => kind === 'remove-zone') ? [...exceptions, ...bounded] : [...bounded, ...exceptions];
}

interface ExceptionFieldsProps {
  readonly draft: ExceptionDraft | undefined;
  readonly onChange: (draft: ExceptionDraft) => void;
  readonly broken: readonly InvariantId[];
}

export function ExceptionFields({ draft, onChange, broken }: ExceptionFieldsProps) {
  const viewer = useViewer();
  const value = draft ?? { owner: undefined, reason: '', until: reviewIn(FIRST_DAYS) };
  if (!viewer.may.includes('exception.record'))
    return (
      <Notice tone="warn">
        Breaking {broken.join(', ')} needs an exception on record. The owner or the security lead can record one.
      </Notice>
    );
  return (
    <fieldset className="nw-exception">
      <legend>Make it anyway, with an exception from {broken.join(', ')}</legend>
      <PersonField
        label="Who answers for the exception"
        description="Somebody else than you."
        required
        value={value.owner}
        onChange={(owner) => onChange({ ...value, owner })}
      />
      <Textarea
        label="Why it cannot be avoided"
        required
        autosize
        minRows={2}
        maxLength={1000}
        value={value.reason}
        onChange={(event) => onChange({ ...value, reason: event.currentTarget.value })}
      />
      <UntilField
        label="The exception ends, and the rule with it"
        from={Date.now()}
        value={value.until}
        onChange={(until) => onChange({ ...value, until })}
      />
    </fieldset>
  );
}
