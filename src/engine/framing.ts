/** Messages on a byte stream: a 32-bit big-endian length, then that many bytes of UTF-8 JSON. */
import { Buffer } from 'node:buffer';
import { toText } from '#std/bytes.ts';
import { Fault } from '#std/refused.ts';

const HEAD_BYTES = 4;

export function frameMessage(message: unknown, bytesMax: number): Buffer {
  return frameText(JSON.stringify(message), bytesMax);
}

/** `text` is the message's JSON. */
export function frameText(text: string, bytesMax: number): Buffer {
  const length = Buffer.byteLength(text, 'utf8');
  if (length > bytesMax) throw new Fault('message-too-large', `a message of ${length} bytes; ${bytesMax} is the most`);
  const bytes = Buffer.allocUnsafe(HEAD_BYTES + length);
  bytes.writeUInt32BE(length, 0);
  bytes.write(text, HEAD_BYTES, 'utf8');
  return bytes;
}

export interface Deframer {
  /** The whole messages that these bytes complete, parsed, in order; throws on what can never become one. */
  push(chunk: Uint8Array): readonly unknown[];
}

export function createDeframer(bytesMax: number): Deframer {
  let chunks: Uint8Array[] = [];
  let held = 0;
  let wanted = HEAD_BYTES;
  let length: number | undefined;

  function take(count: number): Buffer {
    const all = Buffer.concat(chunks);
    chunks = all.byteLength > count ? [all.subarray(count)] : [];
    held -= count;
    return all.subarray(0, count);
  }

  return {
    push(chunk) {
      const messages: unknown[] = [];
      if (chunk.byteLength > 0) chunks.push(chunk);
      held += chunk.byteLength;
      while (held >= wanted) {
        if (length === undefined) {
          length = take(HEAD_BYTES).readUInt32BE(0);
          if (length > bytesMax)
            throw new Fault('message-too-large', `a message of ${length} bytes; ${bytesMax} is the most`);
          wanted = length;
          continue;
        }
        messages.push(parse(take(length)));
        [length, wanted] = [undefined, HEAD_BYTES];
      }
      return messages;
    },
  };
}

function parse(bytes: Buffer): unknown {
  try {
    return JSON.parse(toText(bytes));
  } catch (cause) {
    throw new Fault('bad-message', 'a message that is not JSON', { cause });
  }
}
