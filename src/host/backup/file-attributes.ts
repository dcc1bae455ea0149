/** Extended attributes by Debian's `attr` package, fifos and devices by coreutils: programs that a server has or can have. */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createBlockReader } from './attribute-blocks.ts';
import { runProgram } from './attribute-programs.ts';
import type { Ran } from './attribute-programs.ts';
import { parseBlock, renderAttributed } from './attribute-text.ts';
import { createOrderedAttributes } from './ordered-attributes.ts';
import type {
  AttributesRead,
  AttributesToSet,
  FileAttributes,
  ReadOptions,
  SpecialFile,
} from '#ports/file-attributes.ts';
import { TextLog } from '#vault/engine/text-log.ts';
import { Bug } from '#std/assert.ts';
import { Fault } from '#std/refused.ts';

/** Links themselves, every namespace, values that no line ends. */
const DUMP = ['-R', '-P', '-h', '-d', '-m', '-', '-e', 'base64', '--absolute-names', '--'];
/** What one `setfattr` is told at least, when there is more. */
const BATCH_BYTES = 4 * 1024 * 1024;
const SAYS_CHARS_MAX = 200;

/** Undefined where the programs are not installed: a backup then says that it took no attributes. */
export function findFileAttributes(): FileAttributes | undefined {
  const folders = (process.env['PATH'] ?? '').split(':');
  const has = (name: string): boolean => folders.some((folder) => existsSync(join(folder, name)));
  return has('getfattr') && has('setfattr') ? openFileAttributes() : undefined;
}

/** `batchBytes` is lowered by tests only. */
export function openFileAttributes(batchBytes = BATCH_BYTES): FileAttributes {
  return { read, gather: (scratch) => gather(scratch, batchBytes), makeSpecial };
}

async function read(folder: string, { scratch = tmpdir(), signal }: ReadOptions): Promise<AttributesRead> {
  const found = createOrderedAttributes({ scratch });
  const why: string[] = [];
  let tooLong = 0;
  const blocks = createBlockReader({
    block(lines) {
      const block = parseBlock(lines);
      if (block !== undefined) found.add(block);
    },
    tooLong: () => void (tooLong += 1),
  });
  try {
    const ran = await runProgram('getfattr', [...DUMP, folder], { signal, take: blocks.push });
    why.push(...troublesOf(ran));
  } catch (cause) {
    if (signal?.aborted === true || cause instanceof Bug) {
      found.close();
      throw cause;
    }
    why.push(cause instanceof Fault ? cause.message : String(cause));
  }
  if (tooLong > 0) why.push(`${tooLong} files have more of them than are taken`);
  return {
    of(path) {
      try {
        return found.of(path);
      } catch (cause) {
        if (cause instanceof Bug) throw cause;
        if (why.length === 0) why.push(`what was read of them is lost: ${String(cause)}`);
        return undefined;
      }
    },
    lacks: () => (why.length === 0 ? undefined : why.join('; ').slice(0, SAYS_CHARS_MAX)),
    close: found.close,
  };
}

/** What is gone meanwhile or may not be read is told by whoever reads the files; a place without attributes lacks none. */
const PASSED_OVER = /: (No such file or directory|Permission denied|Operation not supported)$/;

function troublesOf({ status, words }: Ran): readonly string[] {
  if (status !== 0 && status !== 1) return ['getfattr was ended before it had read all of them'];
  const bad = words.split('\n').filter((line) => line !== '' && !PASSED_OVER.test(line));
  const [first] = bad;
  return first === undefined ? [] : [`getfattr could not read ${bad.length} of them (${first.replace(/^.*: /, '')})`];
}

function gather(scratch = tmpdir(), batchBytes: number): AttributesToSet {
  const log = new TextLog(scratch);
  return {
    add: (file) => void log.add(renderAttributed(file)),
    async set(passesGone = false) {
      const failed: { path: string; why: string }[] = [];
      for (const batch of batchesOf(log.texts(), batchBytes))
        failed.push(...failedOf(await restored(batch, passesGone)));
      return failed;
    },
    close: () => log.close(),
  };
}

function restored(input: Buffer, passesGone: boolean): Promise<Ran> {
  return runProgram('setfattr', ['-h', '--restore=-'], passesGone ? { input, passesOver: isGone } : { input });
}

/** Whoever restores has taken it away, because it lacks a piece, and names it. */
function isGone(line: string): boolean {
  return line.endsWith(': No such file or directory');
}

function failedOf({ status, words, isCutShort }: Ran): readonly { readonly path: string; readonly why: string }[] {
  const lines = words.split('\n').filter((line) => line !== '');
  if (status !== 0 && status !== 1) lines.push('setfattr was ended before it had set all attributes');
  if (isCutShort) lines.push('setfattr could not set the attributes of more files than are named here');
  return lines.map((line) => ({ path: line.replace(/^setfattr: (.*?)(: .*)?$/, '$1'), why: line }));
}

/** Whole blocks, of which each ends with an empty line. */
function* batchesOf(lines: Iterable<string>, batchBytes: number): Iterable<Buffer> {
  let [batch, bytes]: [string[], number] = [[], 0];
  for (const line of lines) {
    batch.push(line);
    bytes += line.length + 1;
    if (line !== '' || bytes < batchBytes) continue;
    yield Buffer.from(`${batch.join('\n')}\n`);
    [batch, bytes] = [[], 0];
  }
  if (batch.length > 0) yield Buffer.from(`${batch.join('\n')}\n`);
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
      ? await runProgram('mkfifo', ['-m', '600', name])
      : await runProgram('mknod', ['-m', '600', name, kind === 'char' ? 'c' : 'b', ...numbers]);
  if (status !== 0) throw new Fault('special-file', words.trim());
  await rename(aside, bytes);
}

function majorOf(device: bigint): bigint {
  return ((device >> 8n) & 0xfffn) | ((device >> 32n) & 0xfffff000n);
}

function minorOf(device: bigint): bigint {
  return (device & 0xffn) | ((device >> 12n) & 0xffffff00n);
}
