/** Short words about what an act did. */
import { notifications } from '@mantine/notifications';
import { Denial } from '../data/client.ts';

const CLOSE = { 'aria-label': 'Close' } as const;

export function say(message: string): void {
  notifications.show({ message, color: 'accent', withBorder: true, closeButtonProps: CLOSE });
}

export function sayRefused(error: unknown): void {
  const denial =
    error instanceof Denial
      ? error
      : new Denial(0, 'page-failed', error instanceof Error ? error.message : String(error));
  const message = denial.ask === undefined ? denial.message : `${denial.message} ${denial.ask}`;
  notifications.show({
    title: 'Refused',
    message,
    color: 'red',
    withBorder: true,
    autoClose: 9000,
    closeButtonProps: CLOSE,
  });
}
