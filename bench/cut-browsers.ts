/** Many browsers, one download each. */
import { get } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { arrived, converse } from './cut-clients.ts';
import type { Line, Pace } from './cut-clients.ts';
import { LOOPBACK_COOKIE } from '#api/authenticate.ts';

const REST_MS = 200;
const AT_ONCE = 50;

converse<{ readonly base: string; readonly path: string; readonly tokens: readonly string[] }>(
  async ({ base, path, tokens }, lines, pace) => {
    for (let at = 0; at < tokens.length; at += AT_ONCE) {
      await Promise.all(
        tokens.slice(at, at + AT_ONCE).map((token) => download(new URL(path, base), token, lines, pace)),
      );
    }
  },
);

function download(url: URL, token: string, lines: Line[], pace: Pace): Promise<void> {
  const line: Line = { lastByteAt: 0, bytes: 0, open: true };
  lines.push(line);
  return new Promise((flowing, failed) => {
    const request = get(url, { agent: false, headers: { cookie: `${LOOPBACK_COOKIE}=${token}` } }, (response) => {
      if (response.statusCode !== 200) return failed(new Error(`status ${response.statusCode}`));
      response.on('data', (piece: Buffer) => {
        arrived(line, piece.length);
        flowing();
        if (!pace.isGreedy) rest(response, pace);
      });
      response.on('error', () => undefined);
      return response.on('close', () => (line.open = false));
    });
    request.on('error', (error) => {
      line.open = false;
      failed(error);
    });
  });
}

/** Rests, but wakes as soon as the order is out. */
function rest(response: IncomingMessage, pace: Pace): void {
  response.pause();
  const wake = (): void => {
    clearTimeout(timer);
    pace.resting.delete(wake);
    response.resume();
  };
  const timer = setTimeout(wake, REST_MS);
  pace.resting.add(wake);
}
