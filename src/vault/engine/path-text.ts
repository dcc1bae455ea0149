/**
 * A path as text of which no two paths have the same. Names are bytes: what is no UTF-8 in them becomes U+DC80 to U+DCFF, one for each byte, which
 * no UTF-8 gives. JSON keeps such text as it is; a person is shown it with `toWellFormed`. File functions are given `pathBytes` of it: a text itself would
 * name another file.
 */
const ESCAPE = 0xdc00;
const [LEAST, MOST] = [ESCAPE + 0x80, ESCAPE + 0xff];

export function pathText(path: Uint8Array): string {
  const bytes = Buffer.from(path.buffer, path.byteOffset, path.byteLength);
  const text = bytes.toString();
  if (!text.includes('\ufffd') || Buffer.from(text).equals(bytes)) return text;
  let [out, at] = ['', 0];
  while (at < bytes.length) {
    const length = characterBytes(bytes, at);
    out += length === 0 ? String.fromCharCode(ESCAPE + (bytes[at] ?? 0)) : bytes.toString('utf8', at, at + length);
    at += Math.max(1, length);
  }
  return out;
}

/** The path that has this text. */
export function pathBytes(text: string): Buffer {
  if (text.isWellFormed()) return Buffer.from(text);
  return Buffer.concat(
    Array.from(text, (character) => {
      const code = character.charCodeAt(0);
      const isByte = character.length === 1 && code >= LEAST && code <= MOST;
      return isByte ? Buffer.of(code - ESCAPE) : Buffer.from(character);
    }),
  );
}

/** Of the character that begins here; 0 when none does. */
function characterBytes(bytes: Buffer, at: number): number {
  const first = bytes[at] ?? 0;
  const length = first < 0x80 ? 1 : first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;
  const part = bytes.subarray(at, at + length);
  return length > 0 && Buffer.from(part.toString()).equals(part) ? length : 0;
}
