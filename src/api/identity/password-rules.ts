/** What a password must be (TS-1.6): at least 16 characters, 3 of 4 classes, and not made of names and common words. */
import { COMMON_STEMS } from '#api/identity/common-passwords.ts';
import type { Refused } from '#std/refused.ts';
import { refused } from '#std/refused.ts';

export const PASSWORD_CHARS_MIN = 16;
export const PASSWORD_BYTES_MAX = 1024;
const CLASSES_MIN = 3;
/** Different characters that must be left once everything guessable is taken out. */
const UNGUESSABLE_CHARS_MIN = 6;
const NAME_CHARS_MIN = 3;
const CLASSES: readonly RegExp[] = [/\p{Ll}/u, /\p{Lu}/u, /\p{Nd}/u, /[^\p{L}\p{Nd}]/u];

/** `known` holds names, mail addresses and aliases that must not appear. */
export function passwordRefusal(password: string, known: readonly string[]): Refused | undefined {
  const text = password.normalize('NFC');
  if ([...text].length < PASSWORD_CHARS_MIN)
    return weak(`A password has at least ${PASSWORD_CHARS_MIN} characters.`, 'Use several unrelated words.');
  if (Buffer.byteLength(text) > PASSWORD_BYTES_MAX) return weak('This password is too long.', 'Use a shorter one.');
  if (CLASSES.filter((pattern) => pattern.test(text)).length < CLASSES_MIN) {
    return weak('A password mixes three of: small letters, capitals, digits, signs.', 'Add a digit or a sign.');
  }
  const plain = text.toLowerCase();
  if (partsOf(known).some((part) => plain.includes(part)))
    return weak('A password does not contain your name, mail address or a project.', 'Leave names out.');
  if (new Set(withoutStems(plain)).size < UNGUESSABLE_CHARS_MIN) {
    return weak(
      'This password is made of words and patterns that are tried first.',
      'Use several unrelated words, or a password manager.',
    );
  }
  return undefined;
}

function weak(message: string, ask: string): Refused {
  return refused('weak-password', message, ask);
}

function partsOf(known: readonly string[]): readonly string[] {
  return known
    .flatMap((name) =>
      name
        .normalize('NFC')
        .toLowerCase()
        .split(/[^\p{L}\p{Nd}]+/u),
    )
    .filter((part) => [...part].length >= NAME_CHARS_MIN);
}

function withoutStems(plain: string): string {
  let rest = plain;
  for (const stem of COMMON_STEMS) rest = rest.replaceAll(stem, '');
  return rest.replace(/(19|20)\d\d/g, '').replace(/(.)\1+/gu, '$1');
}
