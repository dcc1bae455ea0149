/**
 * Sensitive acts want a fresh second factor. When the server says so, the dialog (kit of the shell) is asked to show it,
 * and the act is tried once more.
 */
import { Denial } from './client.ts';

/** Refusal codes that a fresh second factor cures. */
export const STEP_UP_CODES: ReadonlySet<string> = new Set(['factor-too-old']);

type Ask = () => Promise<boolean>;
let ask: Ask = () => Promise.resolve(false);

/** The dialog registers itself; one at a time. */
export function onStepUp(dialog: Ask): () => void {
  ask = dialog;
  return () => {
    if (ask === dialog) ask = () => Promise.resolve(false);
  };
}

export async function withStepUp<T>(act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (!(error instanceof Denial) || !STEP_UP_CODES.has(error.code)) throw error;
    if (!(await ask())) throw error;
    return act();
  }
}
