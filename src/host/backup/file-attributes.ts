/** Extended attributes by Debian's `attr` package, fifos and devices by coreutils: programs that a server has or can have. */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { parseDump, renderDump } from '#host/backup/attribute-text.ts';
import type { FileAttributes, SpecialFile } from '#ports/file-attributes.ts';
import { Fault } from '#std/refused.ts';

/** What a dump of a tree's attributes may take. */
const DUMP_BYTES_MAX = 256 * 1024 * 1024;
const WORDS_BYTES_MAX = 64 * 1024;

/** Undefined where the programs are not installed: a backup then says that it took no attributes. */
export function findFileAttributes(): FileAttributes | undefined {
  const folders = (process.env['PATH'] ?? '').split(':');
  const has = (name: string): boolean => folders.some((folder) => existsSync(join(folder, name)));
  return has('getfattr') && has('setfattr') ? openFileAttributes() : undefined;
}

export function openFileAttributes(): FileAttributes {
  return {
    async read(folder) {
      // Exit 1 says that some files could not be looked at.
      const { out } = await ran('getfattr', [
        '-R',
        '-P',
        '-h',
        '-d',
        '-m',
        '-',
        '-e',
        'base64',
        '--absolute-names',
        '--',
        folder,
      ]);
      return parseDump(out);
    },
    async write(files) {
      if (files.length === 0) return [];
      const { words } = await ran('setfattr', ['-h', '--restore=-'], renderDump(files));
      return words
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => ({ path: line.replace(/^setfattr: (.*?)(: .*)?$/, '$1'), why: line }));
    },
    makeSpecial,
  };
}

/** Made beside under a plain name and moved, because a program's arguments are text and a file's name need not be. */
async function makeSpecial({ path, kind, device }: SpecialFile): Promise<void> {
  const bytes = Buffer.from(path);
  const folder = dirname(bytes.toString('latin1'));
  const aside = Buffer.from(`${folder}/.special-${randomBytes(8).toString('hex')}`, 'latin1');
  const name = aside.toString('utf8');
  if (!Buffer.from(name).equals(aside))
    throw new Fault('special-file', 'a fifo or device in a folder whose name is no text is left out');
  const numbers = [String(majorOf(device)), String(minorOf(device))];
  const { status, words } =
    kind === 'fifo'
      ? await ran('mkfifo', ['-m', '600', name])
      : await ran('mknod', ['-m', '600', name, kind === 'char' ? 'c' : 'b', ...numbers]);
  if (status !== 0) throw new Fault('special-file', words.trim());
  await rename(aside, bytes);
}

function majorOf(device: bigint): bigint {
  return ((device >> 8n) & 0xfffn) | ((device >> 32n) & 0xfffff000n);
}

function minorOf(device: bigint): bigint {
  return (device & 0xffn) | ((device >> 12n) & 0xffffff00n);
}

interface Ran {
  readonly status: number;
  readonly out: Buffer;
  readonly words: string;
}

function ran(name: string, args: readonly string[], input?: Buffer): Promise<Ran> {
  return new Promise((done, failed) => {
    const child = spawn(name, args, { stdio: 'pipe', env: { PATH: process.env['PATH'], LC_ALL: 'C' } });
    const parts: Buffer[] = [];
    let [bytes, words] = [0, ''];
    child.stdout.on('data', (part: Buffer) => {
      parts.push(part);
      bytes += part.length;
      if (bytes > DUMP_BYTES_MAX) child.kill();
    });
    child.stderr.on('data', (part: Buffer) => (words = (words + part.toString()).slice(0, WORDS_BYTES_MAX)));
    child.on('error', (cause) =>
      failed(new Fault('program-missing', `${name} does not run here: install it`, { cause })),
    );
    child.on('close', (status) => {
      if (bytes > DUMP_BYTES_MAX)
        return failed(new Fault('attributes-too-large', 'the tree has more attributes than can be held'));
      done({ status: status ?? 1, out: Buffer.concat(parts), words });
    });
    child.stdin.on('error', () => undefined); // it ended before it read everything; its exit says why
    child.stdin.end(input);
  });
}
