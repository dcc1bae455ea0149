/**
 * A folder as a post house has it, made of seeded bytes: camera files that do not compress, frames and projects that half compress, small sidecars in
 * XML. Its second version has one camera file replaced, one with bytes put in near its front and overwritten in sixteen places, and a share of the
 * rest changed.
 */
import { createCipheriv, hash } from 'node:crypto';
import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';

const MIB = 1 << 20;
/** The set that the bars were measured with; in a smaller one counts and sizes shrink, the sizes of small files do not. */
export const WHOLE_MIB = 4033;
const MEDIA = { count: 5, bytes: 640 * MIB };
const FRAMES = { count: 240, bytes: 2 * MIB };
const SIDECARS = { count: 6000, leastBytes: 2048, mostBytes: 60 * 1024 };
const PROJECTS = { count: 40, bytes: 4 * MIB };

export interface BackupSet {
  readonly bytes: number;
  readonly files: number;
}

export function makeSet(root: string, mib: number): BackupSet {
  const scale = mib / WHOLE_MIB;
  for (const folder of ['media', 'frames', 'sidecars', 'projects']) mkdirSync(join(root, folder), { recursive: true });
  const count = { bytes: 0, files: 0 };
  const put = (name: string, bytes: Buffer): void => {
    writeFileSync(join(root, name), bytes);
    count.bytes += bytes.length;
    count.files += 1;
  };
  for (let i = 0; i < MEDIA.count; i += 1) {
    const size = Math.floor(MEDIA.bytes * scale);
    writeMedia(join(root, mediaName(i)), i, size);
    count.bytes += size;
    count.files += 1;
  }
  for (let i = 0; i < FRAMES.count * scale; i += 1) put(frameName(i), halfEven(1000 + i, FRAMES.bytes));
  for (let i = 0; i < SIDECARS.count * scale; i += 1) put(sidecarName(i), sidecar(10_000 + i));
  for (let i = 0; i < PROJECTS.count * scale; i += 1) put(`projects/p${i}.prj`, halfEven(5000 + i, PROJECTS.bytes));
  return count;
}

/** Changes a set in place: about a fifth of its bytes are new afterwards. */
export function changeSet(root: string, mib: number): void {
  const scale = mib / WHOLE_MIB;
  const size = Math.floor(MEDIA.bytes * scale);
  writeMedia(join(root, mediaName(0)), 100, size);
  const edited = readFileSync(join(root, mediaName(1)));
  const longer = Buffer.concat([edited.subarray(0, 3 * MIB), even(101, 1000), edited.subarray(3 * MIB)]);
  const blot = Math.max(MIB / 4, Math.floor(4 * MIB * scale));
  for (let i = 0; i < 16; i += 1) even(200 + i, blot).copy(longer, Math.floor((longer.length / 17) * (i + 1)));
  writeFileSync(join(root, mediaName(1)), longer);
  for (let i = 0; i < FRAMES.count * scale; i += 10)
    writeFileSync(join(root, frameName(i)), halfEven(2000 + i, FRAMES.bytes));
  for (let i = 0; i < SIDECARS.count * scale; i += 5) writeFileSync(join(root, sidecarName(i)), sidecar(20_000 + i));
}

function mediaName(i: number): string {
  return `media/A00${i}C001.mxf`;
}

function frameName(i: number): string {
  return `frames/shot.${String(i).padStart(6, '0')}.dpx`;
}

function sidecarName(i: number): string {
  return `sidecars/clip${i}.xml`;
}

function stream(seed: number) {
  return createCipheriv('aes-256-ctr', hash('sha256', `set ${seed}`, 'buffer'), Buffer.alloc(16));
}

function even(seed: number, length: number): Buffer {
  return stream(seed).update(Buffer.alloc(length));
}

function writeMedia(path: string, seed: number, length: number): void {
  const [source, zeros, file] = [stream(seed), Buffer.alloc(4 * MIB), openSync(path, 'w')];
  for (let at = 0; at < length; at += zeros.length)
    writeSync(file, source.update(zeros.subarray(0, Math.min(zeros.length, length - at))));
  closeSync(file);
}

/** Random bytes in every other stretch of 1,024, a pattern between: zstd halves it. */
function halfEven(seed: number, length: number): Buffer {
  const bytes = even(seed, length);
  for (let at = 0; at < length; at += 2048) bytes.fill(seed & 0xff, at, at + 1024);
  return bytes;
}

function sidecar(seed: number): Buffer {
  const noise = even(seed, 4096);
  const length = SIDECARS.leastBytes + (noise.readUInt16LE() % (SIDECARS.mostBytes - SIDECARS.leastBytes));
  const lines: string[] = ['<?xml version="1.0"?><clip>'];
  for (let bytes = 0, i = 0; bytes < length; i += 2) {
    const line = `  <tag name="lens" frame="${i}" value="${noise.readUInt16LE(i % 4094)}" scene="${noise[i % 4096]}"/>`;
    lines.push(line);
    bytes += line.length + 1;
  }
  return Buffer.from(lines.join('\n').slice(0, length));
}
