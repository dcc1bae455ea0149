/** Trees with everything that file systems allow and backup programs forget, and a description of a tree to compare two by. */
import { execFileSync } from 'node:child_process';
import { hash } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  closeSync,
  ftruncateSync,
  lchownSync,
  linkSync,
  lstatSync,
  lutimesSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { seededBytes } from './seeded-bytes.ts';

const NAMES: readonly (string | readonly number[])[] = [
  'a.txt',
  'quo"te\\back',
  'new\nline',
  'amp<&>',
  'ünïcode·あ',
  'u\u0308 decomposed',
  'tab\t\u0001\u007f',
  '\u2028line\u2029',
  '🎬',
  ' space ',
  '\u00ad soft \u200b zero',
  '\\x41 looks quoted \\u0041',
  "'",
  '-rf',
  'x'.repeat(255),
  [0x62, 0xff, 0xfe, 0xc3],
  [0xe2, 0x82],
  [0xed, 0xa0, 0x80],
  [0xf4, 0x90, 0x80, 0x80],
];

/** Fills `root`, which exists. Needs root for owners and devices. */
export function makeOddTree(root: string, extraNames: readonly Uint8Array[] = []): void {
  mkdirSync(`${root}/names`);
  const names = [
    ...NAMES.map((name) => (typeof name === 'string' ? Buffer.from(name) : Buffer.from(name))),
    ...extraNames,
  ];
  for (const name of names)
    writeFileSync(Buffer.concat([Buffer.from(`${root}/names/`), name]), `content of ${name.toString('hex')}`);
  makeContents(root);
  makeModes(root);
  makeLinks(root);
  execFileSync('mkfifo', ['-m', '640', `${root}/fifo`]);
  execFileSync('mknod', ['-m', '600', `${root}/null`, 'c', '1', '3']);
  makeAttributes(root);
  mkdirSync(`${root}/empty-folder`, { mode: 0o711 });
}

function makeContents(root: string): void {
  mkdirSync(`${root}/media/reel/deep/deeper`, { recursive: true });
  writeFileSync(`${root}/empty`, '');
  writeFileSync(`${root}/media/even.mov`, Buffer.alloc(3 << 20, 'large and even '));
  writeFileSync(`${root}/media/reel/random.mxf`, seededBytes(7, 9 << 20));
  writeFileSync(`${root}/media/reel/deep/deeper/project.xml`, '<a>'.repeat(20_000));
  const fd = openSync(`${root}/media/sparse.raw`, 'w');
  ftruncateSync(fd, 40 << 20);
  writeSync(fd, Buffer.from('in the middle'), 0, 13, 21 << 20);
  closeSync(fd);
  lutimesSync(`${root}/media/even.mov`, 1_234_567_890.25, 981_173_106.5);
  lutimesSync(`${root}/media/reel`, 12, 13);
}

function makeModes(root: string): void {
  mkdirSync(`${root}/modes`);
  for (const mode of [0o000, 0o400, 0o640, 0o777, 0o4755, 0o2755, 0o6711]) {
    const path = `${root}/modes/${mode.toString(8)}`;
    writeFileSync(path, `mode ${mode}`);
    chownSync(path, 12_345, 4_294_967_293);
    chmodSync(path, mode);
  }
  mkdirSync(`${root}/modes/sticky`);
  chmodSync(`${root}/modes/sticky`, 0o3770);
}

function makeLinks(root: string): void {
  symlinkSync('media/even.mov', `${root}/link`);
  symlinkSync('/nowhere/at all', `${root}/dangling`);
  symlinkSync('..', `${root}/media/up`);
  lchownSync(`${root}/dangling`, 77, 78);
  linkSync(`${root}/media/even.mov`, `${root}/media/hard one`);
  linkSync(`${root}/media/even.mov`, `${root}/hard two`);
}

function makeAttributes(root: string): void {
  mkdirSync(`${root}/attributed`);
  const odd = `${root}/attributed/back\\slash new\nline`;
  writeFileSync(odd, 'with attributes');
  writeFileSync(`${root}/attributed/shared`, 'with an access list');
  execFileSync('setfattr', ['-n', 'user.reel', '-v', '0sAAH/Cg==', odd]);
  // One attribute each: of several, `getfattr` gives the order of their names and stock restic the file system's.
  writeFileSync(`${root}/attributed/empty`, 'with an attribute that is empty');
  execFileSync('setfattr', ['-n', 'user.empty', `${root}/attributed/empty`]);
  execFileSync('setfacl', ['-m', 'u:12345:rw,g:77:r', `${root}/attributed/shared`]);
  execFileSync('setfacl', ['-m', 'd:u:12345:rwx', `${root}/attributed`]);
}

/** Every extended attribute beneath `root`, as stock tools print it. */
export function describeAttributes(root: string): string {
  const args = ['-R', '-P', '-h', '-d', '-m', '-', '-e', 'hex', '.'];
  const dump = execFileSync('getfattr', args, { cwd: root, encoding: 'latin1' });
  return dump.split('\n\n').sort().join('\n\n');
}

export interface Described {
  readonly path: string;
  readonly what: string;
}

/** One line for each entry beneath `root`: kind, mode, owner, size, content, time of modification (to the nanosecond, or not at all) and which entries are one file. */
export function describeTree(root: string, withTimes = true): readonly Described[] {
  const firstOf = new Map<string, string>();
  const lines: Described[] = [];
  const visit = (path: Buffer): void => {
    const short = path.subarray(Buffer.byteLength(root)).toString('latin1');
    const stats = lstatSync(path, { bigint: true });
    const inode = `${stats.dev}:${stats.ino}`;
    if (!firstOf.has(inode)) firstOf.set(inode, short);
    const content = stats.isFile()
      ? hash('sha256', readFileSync(path))
      : stats.isSymbolicLink()
        ? readlinkSync(path, 'latin1')
        : '';
    const size = stats.isFile() ? stats.size : 0n;
    const kind = `${stats.mode.toString(8)} ${stats.uid}:${stats.gid} ${size} ${stats.isDirectory() ? 0n : stats.rdev}`;
    lines.push({
      path: short,
      what: `${kind} ${content} ${withTimes ? stats.mtimeNs : ''} ${firstOf.get(inode)}`,
    });
    if (!stats.isDirectory()) return;
    const names = readdirSync(path, { encoding: 'buffer' }).sort((a, b) => Buffer.compare(a, b));
    for (const name of names) visit(Buffer.concat([path, Buffer.from('/'), name]));
  };
  visit(Buffer.from(root));
  return lines;
}

/** Not by Node's own recursive listing: that one follows links, and one here leads up. */
function namesBeneath(root: Buffer, folder = Buffer.alloc(0)): readonly Buffer[] {
  const path = Buffer.concat([root, folder]);
  return readdirSync(path, { encoding: 'buffer' }).flatMap((entry) => {
    const name = Buffer.concat([folder, entry]);
    const isFolder = lstatSync(Buffer.concat([root, name])).isDirectory();
    return isFolder ? [name, ...namesBeneath(root, Buffer.concat([name, Buffer.from('/')]))] : [name];
  });
}

/** The largest difference in times of modification between two trees with the same names, in ns. */
export function timesApart(a: string, b: string): number {
  const names = namesBeneath(Buffer.from(`${a}/`));
  const at = (root: string, name: Buffer): bigint =>
    lstatSync(Buffer.concat([Buffer.from(`${root}/`), name]), { bigint: true }).mtimeNs;
  return Math.max(...names.map((name) => Math.abs(Number(at(a, name) - at(b, name)))));
}
