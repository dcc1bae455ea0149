/** Snapshots: which tree was taken of which folders, when, on which machine. */
import { goJsonString } from '#vault/format/go-text.ts';
import { fieldsOf, hexId, parseJson, text, texts, whole } from '#vault/format/json-fields.ts';

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

/** A Fault `object-damaged` for what is no snapshot, whoever wrote it. */
export function decodeSnapshot(json: string): SnapshotRecord {
  const fields = fieldsOf(parseJson(json));
  const { parent } = fields;
  return {
    time: text(fields, 'time'),
    ...(parent == null ? {} : { parent: hexId(parent) }),
    tree: hexId(fields['tree']),
    paths: texts(fields, 'paths'),
    hostname: text(fields, 'hostname', ''),
    username: text(fields, 'username', ''),
    uid: whole(fields, 'uid'),
    gid: whole(fields, 'gid'),
    tags: texts(fields, 'tags'),
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
