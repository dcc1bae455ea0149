/** Request bodies: read to a limit, then JSON, then the endpoint's schema. Nothing of what was wrong is echoed but the field's name. */
import type { ZodError } from 'zod';
import type { Outcome, Refused } from '#std/refused.ts';
import { ok, refused } from '#std/refused.ts';

export const JSON_BYTES_MAX = 256 * 1024;
export const BUNDLE_BYTES_MAX = 256 * 1024 * 1024;
const FIELDS_NAMED_MAX = 3;

export async function readBody(request: Request, bytesMax: number): Promise<Outcome<Uint8Array>> {
  if (Number(request.headers.get('content-length') ?? 0) > bytesMax) return tooLarge(bytesMax);
  if (request.body === null) return ok(new Uint8Array(0));
  const chunks: Uint8Array[] = [];
  let total = 0;
  for await (const chunk of request.body as AsyncIterable<Uint8Array>) {
    // Node's streams of bytes are async iterable
    total += chunk.byteLength;
    if (total > bytesMax) return tooLarge(bytesMax);
    chunks.push(chunk);
  }
  return ok(Buffer.concat(chunks));
}

function tooLarge(bytesMax: number): Refused {
  return refused('too-large', `A request here has at most ${bytesMax} bytes.`, 'Files go through uploads.');
}

export async function readJson(request: Request, bytesMax = JSON_BYTES_MAX): Promise<Outcome<unknown>> {
  const bytes = await readBody(request, bytesMax);
  if (bytes.kind === 'refused') return bytes;
  if (bytes.value.byteLength === 0) return ok({});
  const type = request.headers.get('content-type') ?? '';
  if (!/^application\/json(;|$)/i.test(type))
    return refused('not-json', 'A body is sent as application/json.', 'Set the content type.');
  try {
    return ok(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes.value)));
  } catch {
    return refused('bad-json', 'The body is not JSON.', 'Check what was sent.');
  }
}

export function badRequest(part: string, error: ZodError): Refused {
  const fields = error.issues
    .slice(0, FIELDS_NAMED_MAX)
    .map(({ path, message }) => `${[part, ...path].join('.').slice(0, 80)}: ${message.slice(0, 80)}`);
  return refused('bad-request', `The request does not fit: ${fields.join('; ')}.`, 'See the API description.');
}
