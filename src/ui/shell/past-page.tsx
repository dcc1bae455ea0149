/** A page of tabs over one answer that can be looked at as it was: the picker of an instant, and a word that nothing can be changed there. */
import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Answer } from '../kit/answer.tsx';
import { Page, Tabs } from '../kit/page.tsx';
import { Notice } from '../kit/status.tsx';
import { absoluteText } from '../kit/words.ts';
import { AtPicker } from '../ledger/at-picker.tsx';

interface PastPageProps<T> {
  readonly title: string;
  readonly lead: string;
  readonly actions: ReactNode;
  /** Text and address of each. */
  readonly tabs: readonly (readonly [string, string])[];
  /** The instant that is shown; undefined is now. */
  readonly at: number | undefined;
  readonly of: UseQueryResult<T>;
  /** The page has a control of its own for time, and no need of another. */
  readonly hasOwnTime?: boolean;
  readonly children: (value: T) => ReactNode;
}

export function PastPage<T>({ title, lead, actions, tabs, at, of, hasOwnTime = false, children }: PastPageProps<T>) {
  return (
    <Page title={title} lead={lead} actions={actions}>
      <Tabs label={title} tabs={tabs} />
      {hasOwnTime && at === undefined ? null : (
        <div className="pl-row pl-no-print" style={{ marginBottom: 12 }}>
          <AtPicker isSaid />
        </div>
      )}
      {at === undefined ? null : (
        <div style={{ marginBottom: 12 }}>
          <Notice tone="warn">As it was on {absoluteText(at)}. Nothing can be changed there.</Notice>
        </div>
      )}
      <Answer of={of} rows={8}>
        {children}
      </Answer>
    </Page>
  );
}
