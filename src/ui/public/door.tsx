/** The frame of the pages before somebody is signed in. */
import { useDocumentTitle } from '@mantine/hooks';
import type { ReactNode } from 'react';
import { Brand } from '../kit/brand.tsx';

interface DoorProps {
  readonly title: string;
  readonly lead?: ReactNode;
  readonly wide?: boolean;
  readonly children: ReactNode;
}

export function Door({ title, lead, wide = false, children }: DoorProps) {
  useDocumentTitle(`${title} · Picturelock`);
  return (
    <main className="pl-door">
      <div className={`pl-door-card${wide ? ' pl-wide' : ''}`}>
        <div className="pl-brand">
          <Brand size={28} />
          <span>Picturelock</span>
        </div>
        <div className="pl-card pl-pad pl-stack">
          <div>
            <h1>{title}</h1>
            {lead === undefined ? null : <div className="pl-dim">{lead}</div>}
          </div>
          {children}
        </div>
      </div>
    </main>
  );
}
