/** Shows the second factor again when an act wants it fresh. */
import { Button, Modal, TextInput } from '@mantine/core';
import { IconFingerprint } from '@tabler/icons-react';
import { useEffect, useState } from 'react';
import { onStepUp } from '../data/step-up.ts';
import { stepUpWithCode, stepUpWithPasskey } from '../data/ceremony.ts';
import { useViewer } from '../data/viewer.ts';
import { RefusedHere } from '../kit/answer.tsx';

/** An act begun in a dialog asks for the factor over that dialog; the library's own dialogs stand at 200. */
const ABOVE_OTHER_DIALOGS = 300;

export function StepUpDialog() {
  const viewer = useViewer();
  const [settle, setSettle] = useState<(shown: boolean) => void>();
  useEffect(() => onStepUp(() => new Promise((resolve) => setSettle(() => resolve))), []);
  const [code, setCode] = useState('');
  const [error, setError] = useState<Error>();
  const end = (shown: boolean) => {
    settle?.(shown);
    setSettle(undefined);
    setCode('');
    setError(undefined);
  };
  const attempt = (act: () => Promise<unknown>) =>
    void act().then(
      () => end(true),
      (caught: Error) => setError(caught),
    );
  return (
    <Modal
      opened={settle !== undefined}
      onClose={() => end(false)}
      title="Is it still you?"
      zIndex={ABOVE_OTHER_DIALOGS}
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      <div className="pl-stack">
        <p className="pl-dim">This act asks for your second factor once more. Show it to go on.</p>
        {viewer.factors.includes('passkey') ? (
          <Button
            leftSection={<IconFingerprint size={17} aria-hidden />}
            onClick={() => attempt(stepUpWithPasskey)}
            data-autofocus
          >
            Use my passkey
          </Button>
        ) : null}
        {viewer.factors.includes('totp') ? (
          <form
            className="pl-stack"
            onSubmit={(event) => {
              event.preventDefault();
              attempt(() => stepUpWithCode(code));
            }}
          >
            <TextInput
              label="Code from your app"
              inputMode="numeric"
              autoComplete="one-time-code"
              maxLength={6}
              value={code}
              onChange={(event) => setCode(event.currentTarget.value)}
            />
            <Button type="submit" variant="default" disabled={code.length !== 6}>
              Confirm the code
            </Button>
          </form>
        ) : null}
        {error === undefined ? null : <RefusedHere error={error} />}
      </div>
    </Modal>
  );
}
