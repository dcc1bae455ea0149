/** Many browsers, one download each, that read as fast as bytes come: bare sockets, one buffer, and the time taken at each read. */
import { connect } from 'node:net';
import { arrived, converse } from './cut-clients.ts';
import type { Line } from './cut-clients.ts';
import { LOOPBACK_COOKIE } from '#api/authenticate.ts';

const AT_ONCE = 50;
const READ_BYTES = 64 * 1024;
const OK = 'HTTP/1.1 200 ';
/** What is read is thrown away, so all connections read into the same place. */
const buffer = Buffer.alloc(READ_BYTES);

converse<{ readonly base: string; readonly path: string; readonly tokens: readonly string[] }>(
  async ({ base, path, tokens }, lines) => {
    const url = new URL(path, base);
    for (let at = 0; at < tokens.length; at += AT_ONCE)
      await Promise.all(tokens.slice(at, at + AT_ONCE).map((token) => download(url, token, lines)));
  },
);

function download({ hostname, port, host, pathname }: URL, token: string, lines: Line[]): Promise<void> {
  const line: Line = { lastByteAt: 0, bytes: 0, open: true };
  lines.push(line);
  return new Promise((flowing, failed) => {
    const taken = (count: number): boolean => {
      if (line.bytes === 0 && !buffer.toString('latin1', 0, count).startsWith(OK))
        failed(new Error(buffer.toString('latin1', 0, count)));
      arrived(line, count);
      flowing();
      return true;
    };
    const socket = connect({
      host: hostname === 'localhost' ? '127.0.0.1' : hostname,
      port: Number(port),
      onread: { buffer, callback: taken },
    });
    socket.on('error', failed);
    socket.on('close', () => (line.open = false));
    socket.write(`GET ${pathname} HTTP/1.1\r\nhost: ${host}\r\ncookie: ${LOOPBACK_COOKIE}=${token}\r\n\r\n`);
  });
}
