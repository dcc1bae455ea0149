/**
 * Decoys: one file in a top folder that nobody has a reason to touch. Name and bytes follow from a secret and the folder's name, so nothing has to be
 * remembered about them, a lost one is planted again with the same bytes, and whoever lacks the secret cannot tell which file it is. It is XML, so
 * that an encryption of it breaks a structure too.
 */
import { createHmac } from 'node:crypto';

export interface Decoy {
  /** Beneath the workspace. */
  readonly path: string;
  readonly bytes: Buffer;
}

const LINES = 60;
const LETTERS = 'abcdefghkmnprstuvwxyz';

/** `secret`: what only the facility has; the password of the project's repository. */
export function decoyIn(secret: string, folder: string): Decoy {
  const draw = (what: string): Buffer => createHmac('sha256', secret).update(`decoy ${folder}\n${what}`).digest();
  const name = `_index ${word(draw('name'), 6)}.xml`;
  const lines = Array.from({ length: LINES }, (_, n) => {
    const bytes = draw(`line ${n}`);
    return `  <clip name="${word(bytes, 8)}" reel="${bytes.readUInt16BE(8) % 400}" in="${bytes.readUInt32BE(10)}" />`;
  });
  const text = `<?xml version="1.0" encoding="UTF-8"?>\n<index>\n${lines.join('\n')}\n</index>\n`;
  return { path: `${folder}/${name}`, bytes: Buffer.from(text) };
}

function word(bytes: Buffer, length: number): string {
  return Array.from(bytes.subarray(0, length), (byte) => LETTERS[byte % LETTERS.length]).join('');
}
