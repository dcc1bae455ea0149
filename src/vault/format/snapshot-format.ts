/** Snapshots: which tree was taken of which folders, when, on which machine. */
import { goJsonString } from '#vault/format/go-text.ts';
import { z } from 'zod';

const hexId = z.string().regex(/^[0-9a-f]{64}$/);
const snapshotFile = z.object({
  time: z.string(),
  parent: hexId.nullish(),
  tree: hexId,
  paths: z.array(z.string()).nullish(),
  hostname: z.string().default(''),
  username: z.string().default(''),
  uid: z.int().default(0),
  gid: z.int().default(0),
  tags: z.array(z.string()).nullish(),
  original: hexId.nullish(),
  program_version: z.string().optional(),
});

export interface SnapshotRecord {
  /** RFC 3339, as its writer says; never what retention or "newest" goes by. */
  readonly time: string;
  readonly parent?: string;
  readonly tree: string;
  readonly paths: readonly string[];
  readonly hostname: string;
  readonly username: string;
  readonly uid: number;
  readonly gid: number;
  readonly tags: readonly string[];
}

export function decodeSnapshot(text: string): SnapshotRecord {
  const file = snapshotFile.parse(JSON.parse(text));
  return {
    time: file.time,
    ...(file.parent == null ? {} : { parent: file.parent }),
    tree: file.tree,
    paths: file.paths ?? [],
    hostname: file.hostname,
    username: file.username,
    uid: file.uid,
    gid: file.gid,
    tags: file.tags ?? [],
  };
}

export function encodeSnapshot(snapshot: SnapshotRecord): string {
  const { time, parent, tree, paths, hostname, username, uid, gid, tags } = snapshot;
  const members = [
    `"time":"${time}"`,
    ...(parent === undefined ? [] : [`"parent":"${parent}"`]),
    `"tree":"${tree}"`,
    `"paths":${list(paths)}`,
    ...(hostname === '' ? [] : [`"hostname":${goJsonString(hostname)}`]),
    ...(username === '' ? [] : [`"username":${goJsonString(username)}`]),
    ...(uid === 0 ? [] : [`"uid":${uid}`]),
    ...(gid === 0 ? [] : [`"gid":${gid}`]),
    ...(tags.length === 0 ? [] : [`"tags":${list(tags)}`]),
  ];
  return `{${members.join(',')}}`;
}

function list(items: readonly string[]): string {
  return `[${items.map(goJsonString).join(',')}]`;
}
