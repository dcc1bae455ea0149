/** Go anywhere by keyboard: Ctrl or ⌘ and K. */
import { Modal } from '@mantine/core';
import { useHotkeys } from '@mantine/hooks';
import { useState } from 'react';
import type { KeyboardEvent } from 'react';
import { useNavigate } from 'react-router';
import { matching } from './matching.ts';

export interface Goal {
  readonly text: string;
  readonly kind: string;
  readonly to: string;
}

const SHOWN_MAX = 12;

interface PaletteProps {
  readonly goals: readonly Goal[];
  readonly opened: boolean;
  readonly setOpened: (opened: boolean) => void;
}

export function Palette({ goals, opened, setOpened }: PaletteProps) {
  useHotkeys([['mod+K', () => setOpened(!opened)]], []);
  return (
    <Modal.Root opened={opened} onClose={() => setOpened(false)} size="lg" yOffset="12vh" centered={false} radius={10}>
      <Modal.Overlay backgroundOpacity={0.6} />
      <Modal.Content aria-label="Go to">
        <Finder goals={goals} close={() => setOpened(false)} />
      </Modal.Content>
    </Modal.Root>
  );
}

function Finder({ goals, close }: { readonly goals: readonly Goal[]; readonly close: () => void }) {
  const [text, setText] = useState('');
  const [at, setAt] = useState(0);
  const navigate = useNavigate();
  const found = matching(goals, text, (goal) => `${goal.text} ${goal.kind}`).slice(0, SHOWN_MAX);
  const chosen = Math.min(at, found.length - 1);
  const go = (goal: Goal | undefined) => {
    if (goal === undefined) return;
    close();
    void navigate(goal.to);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (event.key === 'Enter') go(found[chosen]);
    if (step === 0) return;
    event.preventDefault();
    setAt((chosen + step + found.length) % Math.max(1, found.length));
  };
  return (
    <div onKeyDown={onKeyDown}>
      <input
        className="pl-palette-input"
        data-autofocus
        placeholder="Go to a page, project or person"
        aria-label="Go to"
        value={text}
        role="combobox"
        aria-expanded
        aria-controls="pl-goals"
        aria-activedescendant={found.length > 0 ? `pl-goal-${chosen}` : undefined}
        onChange={(event) => {
          setText(event.currentTarget.value);
          setAt(0);
        }}
      />
      <ul className="pl-palette-list" id="pl-goals" role="listbox" aria-label="Goals">
        {found.map((goal, index) => (
          <li
            key={goal.to}
            id={`pl-goal-${index}`}
            role="option"
            aria-selected={index === chosen}
            onClick={() => go(goal)}
            onMouseMove={() => setAt(index)}
          >
            {goal.text}
            <small>{goal.kind}</small>
          </li>
        ))}
      </ul>
      {found.length === 0 ? <div className="pl-empty">Nothing here is called that.</div> : null}
    </div>
  );
}
