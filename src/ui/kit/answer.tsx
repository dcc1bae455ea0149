/** The four states of every question: waiting, unreachable, denied, answered. */
import { Button, Skeleton } from '@mantine/core';
import { IconCircleCheck, IconCircleDashed, IconLock, IconPlugConnectedX } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import type { UseQueryResult } from '@tanstack/react-query';
import { Denial } from '../data/client.ts';
import { Notice } from './status.tsx';

export function Answer<T>({
  of,
  rows = 5,
  children,
}: {
  readonly of: UseQueryResult<T>;
  readonly rows?: number;
  readonly children: (value: T) => ReactNode;
}) {
  if (of.data !== undefined) return <>{children(of.data)}</>;
  if (of.error !== null) return <Refusal error={of.error} again={() => void of.refetch()} />;
  return <Waiting rows={rows} />;
}

export function Waiting({ rows }: { readonly rows: number }) {
  return (
    <div className="pl-card pl-pad pl-stack" role="status" aria-label="Loading">
      {Array.from({ length: rows }, (_, row) => (
        <Skeleton key={row} height={14} width={`${88 - ((row * 17) % 40)}%`} />
      ))}
    </div>
  );
}

export function Refusal({ error, again }: { readonly error: Error; readonly again?: () => void }) {
  const denial = error instanceof Denial ? error : new Denial(0, 'page-failed', error.message);
  const denied = denial.status === 403 || denial.status === 401 || denial.status === 404;
  return (
    <div className="pl-card pl-empty" role="alert">
      {denied ? <IconLock size={30} aria-hidden /> : <IconPlugConnectedX size={30} aria-hidden />}
      <strong>{denied ? 'Not for you, as things stand' : 'That did not work'}</strong>
      <p>{denial.message}</p>
      {denial.ask === undefined ? null : <p>{denial.ask}</p>}
      <p className="pl-small">
        For whoever helps you: <code>{denial.code}</code>
      </p>
      {again === undefined ? null : (
        <div className="pl-actions">
          <Button variant="default" onClick={again}>
            Try again
          </Button>
        </div>
      )}
    </div>
  );
}

/** A refusal in the midst of a form that stays: the sentence, the next step, and no more room than that. */
export function RefusedHere({ error }: { readonly error: Error }) {
  return (
    <Notice tone="bad">
      <strong>{error.message}</strong> {error instanceof Denial ? error.ask : undefined}
    </Notice>
  );
}

export function Empty({
  title,
  isGood = false,
  children,
  actions,
}: {
  readonly title: string;
  /** That there is nothing is what one hopes for. */
  readonly isGood?: boolean;
  readonly children?: ReactNode;
  readonly actions?: ReactNode;
}) {
  return (
    <div className={isGood ? 'pl-card pl-empty pl-empty-good' : 'pl-card pl-empty'}>
      {isGood ? <IconCircleCheck size={28} aria-hidden /> : <IconCircleDashed size={28} aria-hidden />}
      <strong>{title}</strong>
      {children === undefined ? null : <p>{children}</p>}
      {actions === undefined ? null : <div className="pl-actions">{actions}</div>}
    </div>
  );
}
