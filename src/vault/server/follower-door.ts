/** The follower's two requests: a report is read, a word is left. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { refuse } from '#vault/server/answering.ts';
import { ledgerWord } from '#vault/server/following.ts';
import type { Following } from '#vault/server/following.ts';

const WORD_BYTES_MAX = 512 << 10;
const REPORT = /^\/-\/report\?after=(\d{1,15})&renewed=(\d{1,15})&line=(\d{1,15})$/;

export async function attendFollower(
  following: Following,
  publicKey: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = request.url ?? '';
  const [, after, renewed, line] = REPORT.exec(url) ?? [];
  if (request.method === 'GET' && after !== undefined) {
    const asked = { after: Number(after), renewedAt: Number(renewed), line: Number(line) };
    const { body, signature } = await following.report(asked);
    const signed = { 'picturelock-signature': signature.toString('base64'), 'picturelock-key': publicKey };
    return void response.writeHead(200, { 'content-type': 'application/json', ...signed }).end(body);
  }
  if (request.method === 'POST' && url === '/-/word') return hearWord(following, request, response);
  return refuse(response, 404, 'not-offered', 'who follows a vault reads its report and leaves a word');
}

async function hearWord(following: Following, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    bytes += part.length;
    if (bytes > WORD_BYTES_MAX) return refuse(response, 413, 'too-large', 'a word is shorter');
    parts.push(part);
  }
  const word = ledgerWord.safeParse(parsed(Buffer.concat(parts).toString('utf8')));
  if (!word.success) return refuse(response, 400, 'bad-word', 'this is no word of the ledger');
  following.hear(word.data);
  response.writeHead(200).end();
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
