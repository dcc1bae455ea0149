/** Passkey ceremonies: the browser's part, between the server's options and its verdict. */
import { startAuthentication, startRegistration } from '@simplewebauthn/browser';
import type {
  PublicKeyCredentialCreationOptionsJSON,
  PublicKeyCredentialRequestOptionsJSON,
} from '@simplewebauthn/browser';
import type { AnswerOf, BodyTo } from '#api/endpoints.ts';
import { call, Denial } from './client.ts';

type EnrolOptions = AnswerOf<'add-credential-options'>;
export type Enrolment = BodyTo<'invitation-accept'>['enrolment'];

/** Ends in a Denial with words for a person when the browser or the person says no. */
async function asked<T>(ceremony: () => Promise<T>): Promise<T> {
  try {
    return await ceremony();
  } catch (cause) {
    const name = cause instanceof Error ? cause.name : '';
    if (name === 'InvalidStateError')
      throw new Denial(
        0,
        'passkey-known',
        'This device already holds a passkey of yours here.',
        'Use another device, or sign in with this one.',
      );
    throw new Denial(
      0,
      'passkey-not-shown',
      'No passkey was shown.',
      'Try again, or use your password and the code of your app.',
    );
  }
}

export async function signInWithPasskey(): Promise<AnswerOf<'sign-in-passkey'>> {
  const { ceremony, options } = await call('sign-in-passkey-options', {});
  return call('sign-in-passkey', { body: { ceremony, response: await authenticate(options) } });
}

export async function stepUpWithPasskey(): Promise<void> {
  const { ceremony, options } = await call('step-up-options', {});
  if (options === undefined)
    throw new Denial(0, 'no-passkey', 'You have no passkey here.', 'Use the code of your app.');
  await call('step-up', { body: { type: 'passkey', ceremony, response: await authenticate(options) } });
}

export async function stepUpWithCode(code: string): Promise<void> {
  const { ceremony } = await call('step-up-options', {});
  await call('step-up', { body: { type: 'totp', ceremony, code } });
}

/** What the server calls a record is the JSON form of the W3C's options; the browser checks it. */
function authenticate(options: Record<string, unknown>) {
  return asked(() =>
    startAuthentication({ optionsJSON: options as unknown as PublicKeyCredentialRequestOptionsJSON }),
  ).then(asRecord);
}

export async function enrolPasskey(options: EnrolOptions, label: string) {
  const made = await asked(() =>
    startRegistration({ optionsJSON: options.passkey as unknown as PublicKeyCredentialCreationOptionsJSON }),
  );
  return { ceremony: options.ceremony, label, response: asRecord(made) };
}

/** The API takes the response as an open record and verifies all of it. */
interface OpenResponse {
  readonly id: string;
  readonly rawId: string;
  readonly type: 'public-key';
  readonly response: Record<string, unknown>;
  readonly [key: string]: unknown;
}

function asRecord(made: { readonly id: string; readonly rawId: string; readonly response: object }): OpenResponse {
  return { ...made, type: 'public-key', response: { ...made.response } };
}
