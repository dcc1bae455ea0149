/** Short answers: refusals and faults as `{code, message, ask}` with the status that HTTP has for them. */
import type { ServerResponse } from 'node:http';
import type { Refused } from '#std/refused.ts';
import { Fault, refused } from '#std/refused.ts';

export const SHARED_HEADERS = {
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'content-security-policy': "default-src 'none'; sandbox",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
} as const;

/** Every other refusal is 403: somebody who may not. */
const STATUS: { readonly [code: string]: number } = {
  'not-signed-in': 401,
  'session-ended': 401,
  'credential-ended': 401,
  'unknown-person': 401,
  'bad-request': 400,
  'method-not-allowed': 405,
  'too-large': 413,
  'too-many-transfers': 429,
  'too-many-uploads': 429,
  'not-found': 404,
  'unknown-project': 404,
  'upload-unknown': 404,
  'not-a-file': 404,
  'not-a-folder': 404,
  'offset-conflict': 409,
  'tus-version': 412,
  'wrong-content-type': 415,
  'range-not-satisfiable': 416,
  'upload-busy': 423,
  'checksum-mismatch': 460,
  'lease-lost': 503,
  // Nothing that trying the same again would mend: 422 keeps clients from retrying it.
  'name-taken': 422,
  'name-clash': 422,
  'folder-missing': 422,
  incomplete: 422,
  'name-not-portable': 422,
  'path-too-long': 422,
  'path-too-deep': 422,
  'type-not-allowed': 422,
  'type-mismatch': 422,
  'not-a-plain-file': 422,
};
const FAULT_STATUS: { readonly [code: string]: number } = {
  'disk-full': 507,
  quota: 507,
  'access-ended': 403,
  'too-large': 413,
};

export function statusOf(code: string): number {
  return STATUS[code] ?? 403;
}

export function sendRefusal(
  response: ServerResponse,
  why: Refused,
  headers: { readonly [name: string]: string | number } = {},
): void {
  send(response, statusOf(why.code), why, headers);
}

/** A Fault says what failed; anything else is a bug, which the caller must rethrow. */
export function sendFault(response: ServerResponse, fault: Fault): void {
  const ask = fault.retry ? 'Try again in a moment; what was received is kept.' : undefined;
  send(
    response,
    FAULT_STATUS[fault.code] ?? 503,
    refused(fault.code, fault.message, ask),
    fault.retry ? { 'retry-after': 5 } : {},
  );
}

function send(
  response: ServerResponse,
  status: number,
  { code, message, ask }: Refused,
  headers: { readonly [name: string]: string | number },
): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const body = JSON.stringify({ code, message, ...(ask !== undefined && { ask }) });
  const isHead = response.req.method === 'HEAD';
  response.writeHead(status, {
    ...SHARED_HEADERS,
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(body),
    ...headers,
    // What is left of a refused body would be read as the next request.
    ...(!response.req.complete && { connection: 'close' }),
  });
  response.end(isHead ? undefined : body);
}
