/** Many SFTP clients, one transfer each: reads of 32 KiB, each as soon as the one before it is here. */
import { readFileSync } from 'node:fs';
import ssh2 from 'ssh2';
import type { SFTPWrapper } from 'ssh2';
import { arrived, converse } from './cut-clients.ts';
import type { Line } from './cut-clients.ts';

const READ_BYTES = 32 * 1024;
const AT_ONCE = 10;
/** The gate limits connections from one address; loopback has many. */
const PER_ADDRESS = 20;

interface Task {
  readonly host: string;
  readonly port: number;
  readonly path: string;
  readonly keys: readonly string[];
}

converse<Task>(async (task, lines) => {
  for (let at = 0; at < task.keys.length; at += AT_ONCE) {
    await Promise.all(
      task.keys
        .slice(at, at + AT_ONCE)
        .map((key, index) => transfer(task, key, `127.0.0.${2 + Math.floor((at + index) / PER_ADDRESS)}`, lines)),
    );
  }
});

function transfer({ host, port, path }: Task, keyPath: string, localAddress: string, lines: Line[]): Promise<void> {
  const line: Line = { lastByteAt: 0, bytes: 0, open: true };
  lines.push(line);
  return new Promise((flowing, failed) => {
    const client = new ssh2.Client();
    client.on('error', failed);
    client.on('close', () => (line.open = false));
    client.on('ready', () =>
      client.sftp((error, sftp) => {
        if (error) return failed(error);
        return sftp.open(path, 'r', (problem, handle) =>
          problem ? failed(problem) : read(sftp, handle, 0, line, flowing),
        );
      }),
    );
    client.connect({ host, port, localAddress, username: 'picturelock', privateKey: readFileSync(keyPath) });
  });
}

function read(sftp: SFTPWrapper, handle: Buffer, position: number, line: Line, flowing: () => void): void {
  sftp.read(handle, Buffer.alloc(READ_BYTES), 0, READ_BYTES, position, (error, count) => {
    if (error) return;
    arrived(line, count);
    flowing();
    read(sftp, handle, position + count, line, flowing);
  });
}
