#!/usr/bin/env node
/*
 * Picturelock's offline verifier. One file, no dependencies, plain JavaScript for Node 20 or newer. Read it before you trust it.
 *
 *   node verify.mjs BUNDLE.zip [--policy FILE] [--strict] [--json]   an evidence bundle (or the folder it was unpacked to)
 *   node verify.mjs FOLDER     [--policy FILE] [--strict] [--json]   a whole ledger in C2SP tlog-tiles layout
 *
 * It prints a checklist and ends with 0 (everything holds), 1 (something doesn't) or 2 (it couldn't read what it was given).
 *
 * What "holds" means for a bundle:
 *   1  The archive is whole and every file is the one its manifest names.
 *   2  The checkpoint (size and root hash of the ledger) is signed by the log's keys in the policy.
 *   3  Every entry is in the ledger under that checkpoint, at the place it claims.
 *   4  The project's entries are complete: numbered 1 to n without a gap, and the ledger itself committed to n as the length of the
 *      stream that stands at this project's position.
 *   5  The states before and after are what the entries add up to, re-derived here and compared byte by byte.
 *   6  Names were opened with keys that belong to their entries; the report and the read-me are rendered anew and compared byte by byte.
 *
 * What it cannot tell: whether the policy's keys are the facility's (compare them with keys that you got on another way), whether the facility
 * recorded what really happened, and whether it shows another ledger to somebody else (witnesses' cosignatures in the policy do that).
 *
 * Formats: RFC 6962 hashing; c2sp.org/signed-note, tlog-checkpoint, tlog-cosignature, tlog-tiles, tlog-policy, tlog-proof; docs/spec/bundle.md.
 */
/* oxlint-disable max-lines, complexity -- one file is the point: an assessor reads it from top to bottom */
import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import zlib from 'node:zlib';
import { fileURLToPath, pathToFileURL } from 'node:url';

const HASH = 32;
const WIDTH = 256;
const ENTRY_MAX = 65_535;
const SIGNATURES_MAX = 64;
const NEWER = 'Node 24.7 or newer checks both.';
const COMPARE_KEYS = 'Compare them with keys that you got on another way, or give yours with --policy FILE.';

/** The sentence that ends the check. */
export class Broken extends Error {}

function demand(condition, sentence) {
  if (!condition) throw new Broken(sentence);
}

// ---------------------------------------------------------------- bytes: strict, one text per value

function fromBase64(text, what, encoding = 'base64') {
  const bytes = Buffer.from(String(text), encoding);
  demand(bytes.toString(encoding) === text, `${what} is not canonical ${encoding}`);
  return bytes;
}

function decimal(text, what) {
  demand(/^(0|[1-9]\d{0,15})$/.test(text) && Number.isSafeInteger(Number(text)), `${what} is not a number: ${JSON.stringify(text)}`);
  return Number(text);
}

function utf8(bytes, what) {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new Broken(`${what} is not UTF-8 text`);
  }
}

/** JSON Canonicalization Scheme (RFC 8785). */
export function canonical(value) {
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  const members = Object.keys(value).sort().filter((key) => value[key] !== undefined);
  return `{${members.map((key) => `${JSON.stringify(key)}:${canonical(value[key])}`).join(',')}}`;
}

function canonicalFile(bytes, what) {
  const text = utf8(bytes, what);
  let value;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Broken(`${what} is not JSON`);
  }
  demand(`${canonical(value)}\n` === text, `${what} is not canonical JSON`);
  return value;
}

// ---------------------------------------------------------------- RFC 6962 hashing

// A string out of crypto.hash and into a slab costs a quarter of what a Buffer per hash costs; older Nodes have createHash only.
const digest = crypto.hash === undefined
  ? (bytes) => crypto.createHash('sha256').update(bytes).digest('latin1')
  : (bytes) => crypto.hash('sha256', bytes, 'latin1');
const leafInput = Buffer.alloc(ENTRY_MAX + 1, 0x00);
const nodeInput = Buffer.alloc(1 + 2 * HASH, 0x01);

export function sha256(bytes) {
  return Buffer.from(digest(bytes), 'latin1');
}

export function leafHash(entry) {
  demand(entry.length <= ENTRY_MAX, `an entry has ${entry.length} bytes; ${ENTRY_MAX} is the most`);
  leafInput.set(entry, 1);
  return Buffer.from(digest(leafInput.subarray(0, entry.length + 1)), 'latin1');
}

export function nodeHash(left, right) {
  nodeInput.set(left, 1);
  nodeInput.set(right, 1 + HASH);
  return Buffer.from(digest(nodeInput), 'latin1');
}

/** The root over hashes that stand side by side. A lone last node moves up unchanged. */
export function rootOf(hashes) {
  let count = hashes.length / HASH;
  if (count === 0) return sha256('');
  const slab = Buffer.from(hashes);
  for (; count > 1; count = Math.ceil(count / 2)) {
    for (let i = 0; i + 1 < count; i += 2) {
      nodeInput.set(slab.subarray(i * HASH, (i + 2) * HASH), 1);
      slab.write(digest(nodeInput), (i / 2) * HASH, HASH, 'latin1');
    }
    if (count % 2 === 1) slab.copyWithin(((count - 1) / 2) * HASH, (count - 1) * HASH, count * HASH);
  }
  return Buffer.from(slab.subarray(0, HASH));
}

/** RFC 9162 section 2.1.3.2: the root that an inclusion proof leads to. */
export function rootFromInclusion(index, size, leaf, proof, what = `the proof of leaf ${index}`) {
  demand(Number.isSafeInteger(index) && Number.isSafeInteger(size) && index >= 0 && index < size, `${what} is of a place that a tree of ${size} doesn't have`);
  let [node, last, running] = [index, size - 1, leaf];
  for (const sibling of proof) {
    demand(last > 0, `${what} is too long`);
    if (node % 2 === 1 || node === last) {
      running = nodeHash(sibling, running);
      while (node % 2 === 0 && node > 0) [node, last] = [node / 2, Math.floor(last / 2)];
    } else {
      running = nodeHash(running, sibling);
    }
    [node, last] = [Math.floor(node / 2), Math.floor(last / 2)];
  }
  demand(last === 0, `${what} is too short`);
  return running;
}

// ---------------------------------------------------------------- keys, policies, signed checkpoints

const ED25519 = 0x01;
const ED25519_COSIGNATURE = 0x04;
const ML_DSA_44_COSIGNATURE = 0x06;
/** Public key and signature lengths, and the DER in front of the raw key (SubjectPublicKeyInfo). */
const KEY_TYPES = {
  [ED25519]: { keyBytes: 32, signatureBytes: 64, der: '302a300506032b6570032100', label: 'Ed25519' },
  [ED25519_COSIGNATURE]: { keyBytes: 32, signatureBytes: 72, der: '302a300506032b6570032100', label: 'Ed25519 cosignature' },
  [ML_DSA_44_COSIGNATURE]: { keyBytes: 1312, signatureBytes: 2428, der: '30820532300b06096086480165030403110382052100', label: 'ML-DSA-44' },
};

/** `name+hex(id)+base64(type ‖ key)`; base64 may hold plus signs, so only the first two split. */
export function parseVkey(text) {
  const [, name, id, blob] = /^([^+\s]+)\+([0-9a-f]{8})\+(\S+)$/.exec(text) ?? [];
  demand(name !== undefined, 'the policy holds a verifier key that cannot be read');
  const bytes = fromBase64(blob, `the verifier key of ${name}`);
  const type = KEY_TYPES[bytes[0]];
  demand(type !== undefined && bytes.length === 1 + type.keyBytes, `the verifier key of ${name} has a type or length that is not known`);
  const ownId = sha256(Buffer.concat([Buffer.from(`${name}\n`), bytes])).subarray(0, 4).toString('hex');
  demand(ownId === id, `the id of the verifier key of ${name} doesn't fit the key`);
  return { name, id, type: bytes[0], label: type.label, raw: bytes.subarray(1) };
}

/** tlog-policy: `log`, `witness`, `group` and exactly one `quorum` line. */
export function parsePolicy(text) {
  demand(!/(?![\t\n\u0080-\u009f])\p{Cc}/u.test(text), 'the policy holds control characters');
  const policy = { logs: [], witnesses: new Map(), groups: new Map(), quorum: undefined };
  const used = new Set();
  const isDefined = (name) => policy.witnesses.has(name) || policy.groups.has(name);
  const isNew = (name) => demand(name && name !== 'none' && !isDefined(name), `the policy cannot give the name ${JSON.stringify(name)}`);
  const keys = new Set();
  const once = (keyword, { raw }) => {
    demand(!keys.has(keyword + raw.toString('hex')), 'the policy lists a key twice');
    keys.add(keyword + raw.toString('hex'));
  };
  for (const line of text.split('\n')) {
    const [keyword, ...rest] = line.split(/[ \t]+/).filter((word) => word !== '');
    if (keyword === undefined || keyword.startsWith('#')) continue;
    if (keyword === 'log') {
      const key = parseVkey(rest[0] ?? '');
      demand(key.type === ED25519 && rest.length <= 2, 'a log line of the policy needs an Ed25519 key');
      once(keyword, key);
      policy.logs.push(key);
    } else if (keyword === 'witness') {
      const key = parseVkey(rest[1] ?? '');
      demand(key.type !== ED25519 && rest.length <= 3, `witness ${rest[0]} of the policy needs a cosigner's key`);
      isNew(rest[0]);
      once(keyword, key);
      policy.witnesses.set(rest[0], key);
    } else if (keyword === 'group') {
      const [name, threshold = '', ...members] = rest;
      const need = threshold === 'all' ? members.length : threshold === 'any' ? 1 : decimal(threshold, 'a threshold of the policy');
      demand(need >= 1 && need <= members.length, `group ${name} of the policy cannot be met`);
      for (const member of members) {
        demand(isDefined(member) && !used.has(member) && used.add(member), `group ${name} of the policy names ${member} wrongly`);
      }
      isNew(name);
      policy.groups.set(name, { need, members });
    } else if (keyword === 'quorum') {
      demand(policy.quorum === undefined && rest.length === 1 && (rest[0] === 'none' || isDefined(rest[0])), 'the quorum line of the policy is wrong');
      policy.quorum = rest[0];
    } else {
      throw new Broken(`the policy has a line that starts with ${JSON.stringify(keyword)}`);
    }
  }
  demand(policy.quorum !== undefined, 'the policy has no quorum line');
  demand(policy.logs.length > 0, 'the policy names no log');
  return policy;
}

/** C2SP signed-note: the last empty line splits text and signatures. */
export function parseNote(text) {
  demand(text.isWellFormed?.() !== false && !/(?!\n)\p{Cc}/u.test(text), 'the checkpoint holds control characters');
  const split = text.lastIndexOf('\n\n');
  demand(split > 0 && text.endsWith('\n'), 'the checkpoint has no signatures');
  const lines = text.slice(split + 2, -1).split('\n');
  demand(lines.length <= SIGNATURES_MAX, `the checkpoint has ${lines.length} signatures`);
  const signatures = lines.map((line) => {
    const [, name, blob] = /^— (\S+) (\S+)$/.exec(line) ?? [];
    demand(name !== undefined, 'the checkpoint has a signature line that cannot be read');
    const bytes = fromBase64(blob, `the signature of ${name}`);
    demand(bytes.length > 4, `the signature of ${name} is empty`);
    return { name, id: bytes.subarray(0, 4).toString('hex'), blob: bytes.subarray(4) };
  });
  return { text: text.slice(0, split + 1), signatures };
}

export function parseCheckpoint(text) {
  const [origin, size, root, end, ...more] = text.split('\n');
  demand(origin !== '' && end === '' && more.length === 0, 'the checkpoint has not exactly three lines');
  const hash = fromBase64(root, 'the root of the checkpoint');
  demand(hash.length === HASH, 'the root of the checkpoint has not 32 bytes');
  return { origin, size: decimal(size, 'the size of the checkpoint'), root: hash };
}

/** The bytes that a key of this type signs. */
function signedMessage(key, note, checkpoint, blob) {
  if (key.type === ED25519) return Buffer.from(note.text);
  const seconds = blob.readBigUInt64BE(0);
  if (key.type === ED25519_COSIGNATURE) return Buffer.from(`cosignature/v1\ntime ${seconds}\n${note.text}`);
  const sized = (text) => Buffer.concat([Buffer.from([Buffer.byteLength(text)]), Buffer.from(text)]);
  const numbers = Buffer.alloc(16);
  numbers.writeBigUInt64BE(BigInt(checkpoint.size), 8);
  return Buffer.concat([Buffer.from('subtree/v1\n\0'), sized(key.name), blob.subarray(0, 8), sized(checkpoint.origin), numbers, checkpoint.root]);
}

function publicKey(key) {
  try {
    return crypto.createPublicKey({ key: Buffer.concat([Buffer.from(KEY_TYPES[key.type].der, 'hex'), key.raw]), format: 'der', type: 'spki' });
  } catch {
    return undefined; // this Node doesn't know the algorithm
  }
}

/** 'signed', 'absent' or 'unchecked'; a line in the key's name that doesn't verify breaks the whole note. */
function standing(key, note, checkpoint) {
  const lines = note.signatures.filter((line) => line.name === key.name && line.id === key.id);
  if (lines.length === 0) return 'absent';
  const known = publicKey(key);
  if (known === undefined) {
    demand(key.type !== ED25519, 'this Node cannot check Ed25519');
    return 'unchecked';
  }
  for (const { blob } of lines) {
    const signature = key.type === ED25519 ? blob : blob.subarray(8);
    const isWhole = blob.length === KEY_TYPES[key.type].signatureBytes;
    const holds = isWhole && crypto.verify(null, signedMessage(key, note, checkpoint, blob), known, signature);
    demand(holds, `the ${key.label} signature of ${key.name} on the checkpoint is wrong`);
  }
  return 'signed';
}

function meets(policy, name, counts) {
  if (name === 'none') return true;
  const group = policy.groups.get(name);
  return group === undefined ? counts(name) : group.members.filter((member) => meets(policy, member, counts)).length >= group.need;
}

/** Opens a signed checkpoint under a policy; `say(ok, sentence)` gets what was found. */
export function openCheckpoint(noteText, policy, say, strict = false) {
  const note = parseNote(noteText);
  const checkpoint = parseCheckpoint(note.text);
  const logs = policy.logs.filter((key) => key.name === checkpoint.origin);
  demand(logs.length > 0, `the policy holds no key of the log ${checkpoint.origin}`);
  demand(logs.some((key) => standing(key, note, checkpoint) === 'signed'), `the checkpoint is not signed by the key of ${checkpoint.origin} in the policy`);
  say('ok', `The checkpoint of ${checkpoint.origin} at ${checkpoint.size} entries is signed with its Ed25519 key.`);
  const found = new Map();
  for (const [name, key] of policy.witnesses) {
    const stands = standing(key, note, checkpoint);
    found.set(name, stands);
    if (stands === 'signed') say('ok', `${key.label} line of ${key.name} verified.`);
    if (stands === 'unchecked') say('note', `ML-DSA-44 line not checked by this Node (${process.version}); the Ed25519 signature was. ${NEWER}`);
  }
  const counted = (states) => meets(policy, policy.quorum, (name) => states.includes(found.get(name)));
  demand(counted(strict ? ['signed'] : ['signed', 'unchecked']), `the quorum ${policy.quorum} of the policy is not met`);
  return checkpoint;
}

// ---------------------------------------------------------------- tiles

function tileName(level, index, width) {
  let name = String(index % 1000).padStart(3, '0');
  for (let rest = Math.floor(index / 1000); rest > 0; rest = Math.floor(rest / 1000)) {
    name = `x${String(rest % 1000).padStart(3, '0')}/${name}`;
  }
  return `tile/${level}/${name}${width === WIDTH ? '' : `.p/${width}`}`;
}

function hashesAt(size, level) {
  return Math.floor(size / WIDTH ** level);
}

/**
 * Tiles under a checkpoint, each proven once: the right edge must give the root, a full tile must give the hash that stands for it one level up.
 * `read(name)` returns bytes or undefined.
 */
export function provenTiles({ size, root }, read) {
  const proven = new Map();
  function raw(level, index, width) {
    const name = tileName(level, index, width);
    const bytes = read(name);
    demand(bytes !== undefined, `${name} is missing`);
    demand(bytes.length === width * HASH, `${name} has ${bytes.length} bytes instead of ${width * HASH}`);
    return bytes;
  }
  let edge;
  for (let level = 0; hashesAt(size, level) > 0; level += 1) {
    const width = hashesAt(size, level) % WIDTH;
    if (width === 0) continue;
    const index = Math.floor(hashesAt(size, level) / WIDTH);
    const bytes = raw(level, index, width);
    proven.set(`${level}/${index}`, bytes);
    edge = rootOf(edge === undefined ? bytes : Buffer.concat([bytes, edge]));
  }
  demand((edge ?? sha256('')).equals(root), 'the tiles at the right edge of the ledger do not give the root of the checkpoint');
  function tile(level, index) {
    const known = proven.get(`${level}/${index}`);
    if (known !== undefined) return known;
    const bytes = raw(level, index, WIDTH);
    const above = tile(level + 1, Math.floor(index / WIDTH));
    const at = (index % WIDTH) * HASH;
    demand(rootOf(bytes).equals(above.subarray(at, at + HASH)), `${tileName(level, index, WIDTH)} does not belong to the ledger`);
    proven.set(`${level}/${index}`, bytes);
    return bytes;
  }
  return {
    leaf(index) {
      demand(index >= 0 && index < size, `entry ${index} lies beyond the checkpoint of ${size} entries`);
      const at = (index % WIDTH) * HASH;
      return tile(0, Math.floor(index / WIDTH)).subarray(at, at + HASH);
    },
    tile,
    used: () => [...proven.entries()].map(([key, bytes]) => tileName(...key.split('/').map(Number), bytes.length / HASH)),
  };
}

// ---------------------------------------------------------------- entries

/** Parses entry bytes; the JSON must be what ECMAScript writes, so no reader can understand it otherwise. */
function parseEntry(bytes, what) {
  const text = bytes.toString('utf8');
  let entry;
  try {
    entry = JSON.parse(text);
  } catch {
    throw new Broken(`${what} is not JSON`);
  }
  demand(JSON.stringify(entry) === text, `${what} is not written canonically`);
  const isEntry = entry?.v === 1 && typeof entry.kind === 'string' && Number.isSafeInteger(entry.at) && Number.isSafeInteger(entry.n);
  demand(isEntry, `${what} is not an entry of version 1`);
  return entry;
}

/** `entries.jsonl` holds one entry per line, byte for byte as logged; `places.txt` its leaf index on the same line. */
function readEntries(files, folder, tiles) {
  const bytes = fileOf(files, `${folder}/entries.jsonl`);
  const places = utf8(fileOf(files, `${folder}/places.txt`), `${folder}/places.txt`);
  demand(places.endsWith('\n') && bytes.at(-1) === 0x0a, `${folder} has a last line without an end`);
  const indexes = places.slice(0, -1).split('\n').map((line) => decimal(line, `a line of ${folder}/places.txt`));
  const placed = [];
  let at = 0;
  let before = -1;
  for (const index of indexes) {
    const end = bytes.indexOf(0x0a, at);
    demand(end >= 0, `${folder}/places.txt names more entries than there are`);
    const entryBytes = bytes.subarray(at, end);
    demand(index > before, `${folder}/places.txt is not in order`);
    demand(leafHash(entryBytes).equals(tiles.leaf(index)), `entry ${index} is not what the ledger holds at that place`);
    placed.push({ index, entry: parseEntry(entryBytes, `entry ${index}`) });
    [before, at] = [index, end + 1];
  }
  demand(at === bytes.length, `${folder}/entries.jsonl holds more entries than ${folder}/places.txt names`);
  return placed;
}

// ---------------------------------------------------------------- stream heads

const HEAD_SALT_LABEL = 'picturelock stream head v1\n';

/** One leaf of the heads tree. Its salt comes out of the salt of the stream's newest entry. */
export function headLeaf(stream, n, last, entrySalt) {
  const secret = Buffer.concat([Buffer.from(HEAD_SALT_LABEL), fromBase64(entrySalt, 'the salt of an entry', 'base64url')]);
  return Buffer.from(canonical({ stream, n, last, salt: sha256(secret).subarray(0, 16).toString('base64url') }));
}

// ---------------------------------------------------------------- the fold: what a project's entries add up to

/** How each kind of entry changes the project's state. Kinds without a line change nothing. docs/spec/bundle.md names every field. */
const FOLD = {
  'project.created': (view, { about, data, at }) => {
    const { alias, level, owner, streamNumber } = data;
    view.project = { id: about.project, alias, level, owner, streamNumber, createdAt: at, standing: 'live', standingSince: at, folders: [] };
  },
  'workspace.created': (view, { data }) => { view.project.folders = data.folders; },
  'project.wrapped': (view, { at }) => { Object.assign(view.project, { standing: 'wrapped', standingSince: at }); },
  'project.locked': (view, { at }) => { Object.assign(view.project, { standing: 'locked', standingSince: at }); },
  'project.reopened': (view, { at }) => { Object.assign(view.project, { standing: 'live', standingSince: at }); },
  'review.completed': (view, { at }) => { view.project.reviewedAt = at; },
  'engagement.given': (view, { about, by, data, at }) => {
    const { role, from, until, hours, zones } = data;
    const givenBy = by.person ?? by.service;
    view.engagements[about.engagement] = { person: about.person, role, from, until, hours, zones, givenAt: at, givenBy, held: false };
  },
  'engagement.extended': (view, { about, data }) => { view.engagements[about.engagement].until = data.until; },
  'engagement.ended': (view, { about, by, data, at }) => {
    view.engagements[about.engagement].ended = { at, because: data.because, by: by.person ?? by.service, cut: about.cut };
  },
  'engagement.held': (view, { about }) => { view.engagements[about.engagement].held = true; },
  'engagement.released': (view, { about }) => { view.engagements[about.engagement].held = false; },
  'request.made': (view, { about, data, at }) => {
    view.requests[about.request] = { person: about.person, ask: data.ask, role: data.role, until: data.until, madeAt: at, state: 'open' };
  },
  'request.decided': (view, { about, by, data }) => {
    Object.assign(view.requests[about.request], { state: data.granted ? 'granted' : 'declined', decidedBy: by.person ?? by.service });
  },
  'request.withdrawn': (view, { about }) => { view.requests[about.request].state = 'withdrawn'; },
  'session.opened': (view, { about, data, at }) => {
    view.sessions[about.session] = { person: about.person, engagement: about.engagement, gate: data.gate, openedAt: at, until: data.until };
  },
  'session.renewed': (view, { about, data }) => { if (view.sessions[about.session]) view.sessions[about.session].until = data.until; },
  'session.closed': (view, { about }) => { delete view.sessions[about.session]; },
  'cut.ordered': (view, { about, by, data, at }) => {
    view.cuts[about.cut] = { scope: data.scope, because: data.because, orderedAt: at, orderedBy: by.person ?? by.service, receipts: [] };
  },
  'cut.receipt': (view, { about, data, at }) => {
    const { gate, sessionCount, ms, lastByteAt, probe } = data;
    view.cuts[about.cut]?.receipts.push({ gate, sessionCount, ms, lastByteAt, probe, recordedAt: at });
  },
  'file.read-opened': (view) => { view.files.readsOpened += 1; },
  'file.read-closed': (view, { data }) => { view.files.bytesRead += data.bytes; },
  'file.write-closed': (view, { data }) => { view.files.bytesWritten += data.bytes; },
  'file.accepted': (view, { data }) => {
    view.files.accepted += 1;
    view.files.bytesAccepted += data.sizeBytes;
  },
  'file.set-aside': (view) => { view.files.setAside += 1; },
  'file.moved': (view) => { view.files.moved += 1; },
  'file.binned': (view) => { view.files.binned += 1; },
  'file.unbinned': (view) => { view.files.unbinned += 1; },
  'file.purged': (view) => { view.files.purged += 1; },
  'access.refused': (view) => { view.refusals += 1; },
};

/** The project as its entries before `until` (exclusive; null for all) add up to it. */
export function projectView(placed, until) {
  const view = {
    at: until, entries: 0, project: null, engagements: {}, requests: {}, sessions: {}, cuts: {}, refusals: 0,
    files: { readsOpened: 0, bytesRead: 0, bytesWritten: 0, accepted: 0, bytesAccepted: 0, setAside: 0, moved: 0, binned: 0, unbinned: 0, purged: 0 },
  };
  for (const { index, entry } of placed) {
    if (until !== null && entry.at >= until) break;
    view.entries += 1;
    try {
      FOLD[entry.kind]?.(view, entry);
    } catch (cause) {
      if (cause instanceof TypeError) throw new Broken(`entry ${index} (${entry.kind}) doesn't fit the entries before it`);
      throw cause;
    }
  }
  return view;
}

// ---------------------------------------------------------------- the archive

/** The one way a bundle is zipped: stored, no extra fields, dated 1980-01-01, names ascending. */
function localHeader(name, crc, size) {
  const header = Buffer.alloc(30);
  header.writeUInt32LE(0x04034b50, 0);
  header.writeUInt16LE(20, 4);
  header.writeUInt16LE(0x21, 12);
  header.writeUInt32LE(crc, 14);
  header.writeUInt32LE(size, 18);
  header.writeUInt32LE(size, 22);
  header.writeUInt16LE(name.length, 26);
  return Buffer.concat([header, name]);
}

function centralHeader(name, crc, size, offset) {
  const header = Buffer.alloc(46);
  header.writeUInt32LE(0x02014b50, 0);
  header.writeUInt16LE(20, 4);
  localHeader(name, crc, size).copy(header, 6, 4, 30);
  header.writeUInt32LE(offset, 42);
  return Buffer.concat([header, name]);
}

/** Reads a bundle's archive; every byte of it is accounted for. */
export function readZip(zip) {
  const files = new Map();
  const central = [];
  let at = 0;
  let before = '';
  while (at + 30 <= zip.length && zip.readUInt32LE(at) === 0x04034b50) {
    const [size, nameBytes] = [zip.readUInt32LE(at + 18), zip.readUInt16LE(at + 26)];
    const [nameAt, dataAt] = [at + 30, at + 30 + nameBytes];
    demand(dataAt + size <= zip.length, 'the archive is cut short');
    const name = zip.subarray(nameAt, dataAt);
    const data = zip.subarray(dataAt, dataAt + size);
    const crc = crc32(data);
    const text = name.toString('latin1');
    const isPlain = /^[A-Za-z0-9._/-]+$/.test(text) && !text.split('/').includes('..');
    demand(isPlain && text > before, `the archive holds a file name out of place: ${JSON.stringify(text)}`);
    demand(localHeader(name, crc, size).equals(zip.subarray(at, dataAt)), `${text} is damaged, or its header in the archive is`);
    central.push(centralHeader(name, crc, size, at));
    files.set(text, data);
    [before, at] = [text, dataAt + size];
  }
  const directory = Buffer.concat(central);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(files.size, 8);
  end.writeUInt16LE(files.size, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(at, 16);
  const isWhole = files.size > 0 && zip.subarray(at).equals(Buffer.concat([directory, end]));
  demand(isWhole, 'the archive is damaged or cut short: its directory is not what its files add up to');
  return files;
}

let crcTable;
function crc32(bytes) {
  if (zlib.crc32 !== undefined) return zlib.crc32(bytes);
  const step = (c) => (c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1);
  crcTable ??= Uint32Array.from({ length: 256 }, (_, n) => Array.from({ length: 8 }).reduce(step, n));
  let crc = 0xffffffff;
  for (const byte of bytes) crc = crcTable[(crc ^ byte) & 0xff] ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}

function fileOf(files, name) {
  const bytes = files.get(name);
  demand(bytes !== undefined, `${name} is missing`);
  return bytes;
}

// ---------------------------------------------------------------- a bundle

const MANIFEST_KEYS = ['files', 'format', 'from', 'project', 'until'];

function checkManifest(files) {
  const manifest = canonicalFile(fileOf(files, 'manifest.json'), 'manifest.json');
  demand(manifest.format === 'picturelock-bundle/v1', 'manifest.json is not of a bundle of version 1');
  demand(Object.keys(manifest).join() === MANIFEST_KEYS.join(), 'manifest.json has other members than a manifest has');
  const isTime = (value) => value === null || Number.isSafeInteger(value);
  demand(isTime(manifest.from) && isTime(manifest.until), 'manifest.json has a range that is not two times');
  for (const [name, hash] of Object.entries(manifest.files)) {
    demand(sha256(fileOf(files, name)).toString('hex') === hash, `${name} is not the file that the manifest names`);
  }
  for (const name of files.keys()) demand(name === 'manifest.json' || Object.hasOwn(manifest.files, name), `${name} is not named in the manifest`);
  return manifest;
}

function checkStream(placed, project) {
  let at = 0;
  placed.forEach(({ index, entry }, i) => {
    demand(entry.stream === project, `entry ${index} belongs to another stream`);
    demand(entry.n === i + 1, `entry number ${i + 1} of the project is missing (number ${entry.n} stands in its place)`);
    demand(entry.at >= at, `entry ${index} is older than the one before it`);
    at = entry.at;
  });
  demand(placed[0]?.entry.kind === 'project.created' && placed[0].entry.about.project === project, 'the stream does not begin with the project being created');
}

/** Completeness: the committed head of this stream is the last entry that is here. */
function checkHead(files, placed, support) {
  const proof = canonicalFile(fileOf(files, 'stream/head.json'), 'stream/head.json');
  demand(Object.keys(proof).join() === 'heads,proof', 'stream/head.json has other members than a head proof has');
  const heads = support.find(({ index }) => index === proof.heads);
  demand(heads?.entry.kind === 'ledger.heads' && heads.entry.stream === 'ledger', 'the entry that commits to the stream heads is missing');
  const [first, last] = [placed[0].entry, placed.at(-1)];
  const leaf = leafHash(headLeaf(first.stream, placed.length, last.index, last.entry.salt));
  const hashes = proof.proof.map((hash) => fromBase64(hash, 'a hash of stream/head.json'));
  const root = rootFromInclusion(first.data.streamNumber, heads.entry.data.size, leaf, hashes, 'the proof in stream/head.json');
  demand(
    root.toString('hex') === heads.entry.data.root && last.index < heads.index,
    `the ledger did not commit to ${placed.length} entries of this project: some are missing, or the proof is of another stream`,
  );
  return heads;
}

/** Names that were disclosed: each opens one sealed field with one key; the tag of AES-GCM says whether it fits. */
function openNames(files, support) {
  const list = canonicalFile(fileOf(files, 'support/names.json'), 'support/names.json');
  const names = {};
  for (const { index, key } of list) {
    const found = support.find((placed) => placed.index === index);
    demand(found?.entry.kind === 'person.added' || found?.entry.kind === 'person.renamed', `the key for entry ${index} opens nothing that is here`);
    const { person } = found.entry.about;
    demand(found.entry.data.name.subject === person, `the name in entry ${index} is sealed for somebody else`);
    names[person] = openSealed(found.entry.data.name, fromBase64(key, 'a field key'), index);
  }
  return names;
}

function openSealed(field, key, index) {
  const box = fromBase64(field.box, 'a sealed field', 'base64url');
  try {
    const cipher = crypto.createDecipheriv('aes-256-gcm', key.subarray(0, 32), key.subarray(32, 44), { authTagLength: 16 });
    cipher.setAuthTag(box.subarray(-16));
    return Buffer.concat([cipher.update(box.subarray(0, -16)), cipher.final()]).toString('utf8');
  } catch {
    throw new Broken(`the key that was disclosed for the name in entry ${index} does not open it`);
  }
}

function checkSupport(support) {
  for (const { index, entry } of support) {
    demand(entry.stream === 'facility' || entry.stream === 'ledger', `supporting entry ${index} belongs to another project`);
  }
}

/** Each `.tlog-proof` is a proof of one entry by itself, for other people's tools. */
function checkTlogProofs(files, entries, checkpoint, noteText) {
  let count = 0;
  for (const [name, bytes] of files) {
    if (!name.startsWith('proofs/')) continue;
    const text = utf8(bytes, name);
    const [, digits, hashes, note] = /^c2sp\.org\/tlog-proof@v1\nindex (\d+)\n((?:[^\n]+\n)*)\n([^]*)$/.exec(text) ?? [];
    demand(digits !== undefined && name === `proofs/${decimal(digits, name)}.tlog-proof` && note === noteText, `${name} is not a proof under this checkpoint`);
    const leaf = entries.leaf(Number(digits));
    const proof = hashes.split('\n').slice(0, -1).map((hash) => fromBase64(hash, name));
    const isWhole = proof.every((hash) => hash.length === HASH);
    demand(isWhole && rootFromInclusion(Number(digits), checkpoint.size, leaf, proof).equals(checkpoint.root), `${name} does not prove its entry`);
    count += 1;
  }
  return count;
}

function checkRange(manifest, heads) {
  const { from, until } = manifest;
  demand(until === null || until <= heads.entry.at, 'the range of the bundle ends after the seal that proves it complete');
  demand(from === null || until === null || from <= until, 'the range of the bundle ends before it begins');
}

function checkState(files, placed, manifest) {
  for (const [name, until] of [['state/start.json', manifest.from ?? 0], ['state/end.json', manifest.until]]) {
    const derived = Buffer.from(`${canonical(projectView(placed, until))}\n`);
    demand(derived.equals(fileOf(files, name)), `${name} is not what the entries add up to`);
  }
}

/** What the report is rendered from: nothing but what was proven above. */
function reportInput(manifest, placed, support, names, heads, checkpoint, policyText) {
  return {
    project: manifest.project, from: manifest.from, until: manifest.until, placed, support, names,
    start: projectView(placed, manifest.from ?? 0), end: projectView(placed, manifest.until),
    seal: {
      origin: checkpoint.origin, size: checkpoint.size, root: checkpoint.root.toString('hex'), headsIndex: heads.index, headsAt: heads.entry.at,
    },
    policy: policyText,
  };
}

function checkRendered(files, input, renderers, say) {
  if (renderers === undefined) {
    say('note', 'The report was not rendered anew (no report/ folder beside this verifier): its bytes are those of the manifest.');
    return;
  }
  demand(Buffer.from(renderers.renderReport(input)).equals(fileOf(files, 'report.html')), 'report.html is not what the entries render to');
  demand(Buffer.from(renderers.renderReadme(input)).equals(fileOf(files, 'README.txt')), 'README.txt is not what belongs to this bundle');
  say('ok', 'The report and the read-me were rendered anew from the proven entries: the same bytes.');
}

/** `files`: Map of name to bytes. `options`: policy (text), strict, renderers ({renderReport, renderReadme}). */
function checkBundle(files, options, say) {
  const manifest = checkManifest(files);
  say('ok', `The archive is whole: ${files.size} files, each the one that the manifest names.`);
  const ownPolicy = utf8(fileOf(files, 'policy.txt'), 'policy.txt');
  if (options.policy === undefined) say('note', `The keys are the bundle's own (policy.txt). ${COMPARE_KEYS}`);
  const noteText = utf8(fileOf(files, 'log/checkpoint'), 'log/checkpoint');
  const checkpoint = openCheckpoint(noteText, parsePolicy(options.policy ?? ownPolicy), say, options.strict);
  const tiles = provenTiles(checkpoint, (name) => files.get(`log/${name}`));
  const placed = readEntries(files, 'stream', tiles);
  const support = readEntries(files, 'support', tiles);
  const used = new Set(tiles.used());
  const unused = [...files.keys()].find((name) => name.startsWith('log/tile/') && !used.has(name.slice('log/'.length)));
  demand(unused === undefined, `${unused} proves nothing here`);
  say('ok', `All ${placed.length} entries of the project and ${support.length} supporting entries are in the ledger, each at its place.`);
  const loose = checkTlogProofs(files, tiles, checkpoint, noteText);
  if (loose > 0) say('ok', `${loose} separate .tlog-proof files hold.`);
  checkStream(placed, manifest.project);
  checkSupport(support);
  const heads = checkHead(files, placed, support);
  checkRange(manifest, heads);
  const sealedAt = new Date(heads.entry.at).toISOString();
  say('ok', `Nothing of the project is left out up to ${sealedAt}: entry ${heads.index} commits to ${placed.length} entries; here they are.`);
  checkState(files, placed, manifest);
  say('ok', 'The states at both ends are what the entries add up to.');
  const names = openNames(files, support);
  say('ok', `${Object.keys(names).length} names opened with keys that fit their entries.`);
  checkRendered(files, reportInput(manifest, placed, support, names, heads, checkpoint, ownPolicy), options.renderers, say);
  if (options.self !== undefined && !options.self.equals(fileOf(files, 'verify.mjs'))) {
    say('note', 'The verifier inside the bundle is another version than the one that runs.');
  }
}

// ---------------------------------------------------------------- a whole ledger

/** Numbering of every stream, and every commitment to the stream heads, recomputed. */
function ledgerFollower() {
  const positions = new Map();
  const heads = [];
  const dirty = new Set();
  let slab = Buffer.alloc(0);
  let ledgerEntries = 0;
  let at = 0;
  let commitments = 0;
  function place(entry, index) {
    if (entry.stream === 'ledger') {
      ledgerEntries += 1;
      demand(entry.n === ledgerEntries, `entry ${index}: number ${ledgerEntries} of the ledger's stream is missing`);
      return;
    }
    const known = positions.get(entry.stream);
    if (known === undefined) {
      const position = entry.stream === 'facility' ? 0 : entry.data.streamNumber;
      const isFirst = entry.n === 1 && (entry.stream === 'facility' || entry.kind === 'project.created');
      demand(isFirst, `entry ${index}: the stream ${entry.stream} does not begin at number 1`);
      demand(position === positions.size, `entry ${index}: the stream ${entry.stream} does not stand at position ${positions.size}`);
      positions.set(entry.stream, position);
    } else {
      demand(entry.n === heads[known].n + 1, `entry ${index}: number ${heads[known].n + 1} of the stream ${entry.stream} is missing`);
    }
    const position = positions.get(entry.stream);
    heads[position] = { n: entry.n, last: index, salt: entry.salt, stream: entry.stream };
    dirty.add(position);
  }
  function commitment(entry, index) {
    if (slab.length < heads.length * HASH) slab = Buffer.concat([slab], heads.length * 2 * HASH);
    for (const position of dirty) {
      const head = heads[position];
      leafHash(headLeaf(head.stream, head.n, head.last, head.salt)).copy(slab, position * HASH);
    }
    dirty.clear();
    const root = rootOf(slab.subarray(0, heads.length * HASH)).toString('hex');
    demand(entry.data.size === heads.length && entry.data.root === root, `entry ${index} does not commit to the heads of the streams as they are`);
    commitments += 1;
  }
  return {
    follow(entry, index) {
      demand(entry.at >= at, `entry ${index} is older than the one before it`);
      at = entry.at;
      if (entry.kind === 'ledger.heads') commitment(entry, index);
      place(entry, index);
    },
    summary: () => ({ streams: positions.size, commitments }),
  };
}

function bundleEntries(bytes, width, name) {
  const entries = [];
  let at = 0;
  for (; entries.length < width; at += 2 + entries.at(-1).length) {
    const isWhole = at + 2 <= bytes.length && at + 2 + bytes.readUInt16BE(at) <= bytes.length;
    demand(isWhole, `${name} ends before entry ${entries.length + 1} of ${width}`);
    entries.push(bytes.subarray(at + 2, at + 2 + bytes.readUInt16BE(at)));
  }
  demand(at === bytes.length, `${name} holds more than ${width} entries`);
  return entries;
}

/** `read(name)` returns the bytes of a tlog-tiles resource or undefined. */
function checkLedger(read, options, say) {
  const own = options.policy === undefined ? read('policy.txt') : undefined;
  demand(options.policy !== undefined || own !== undefined, 'a policy is needed (--policy FILE): whose key signs this ledger?');
  if (own !== undefined) say('note', `The keys are the ledger's own (policy.txt). ${COMPARE_KEYS}`);
  const note = read('checkpoint');
  demand(note !== undefined, 'checkpoint is missing');
  const policy = parsePolicy(options.policy ?? utf8(own, 'policy.txt'));
  const checkpoint = openCheckpoint(utf8(note, 'checkpoint'), policy, say, options.strict);
  const tiles = provenTiles(checkpoint, read);
  const follower = ledgerFollower();
  for (let index = 0; index < checkpoint.size; index += WIDTH) {
    const width = Math.min(WIDTH, checkpoint.size - index);
    const name = tileName('entries', index / WIDTH, width);
    const bytes = read(name);
    demand(bytes !== undefined, `${name} is missing`);
    const hashes = tiles.tile(0, index / WIDTH);
    bundleEntries(bytes, width, name).forEach((entry, i) => {
      demand(leafHash(entry).equals(hashes.subarray(i * HASH, (i + 1) * HASH)), `entry ${index + i} in ${name} is not what the ledger's tree holds`);
      follower.follow(parseEntry(entry, `entry ${index + i}`), index + i);
    });
  }
  for (let level = 1; hashesAt(checkpoint.size, level) > 0; level += 1) {
    for (let index = 0; (index + 1) * WIDTH <= hashesAt(checkpoint.size, level); index += 1) tiles.tile(level, index);
  }
  const { streams, commitments } = follower.summary();
  say('ok', `All ${checkpoint.size} entries and every tile give the root of the checkpoint.`);
  say('ok', `${streams} streams are numbered without gaps; ${commitments} commitments to their heads were recomputed and hold.`);
}

// ---------------------------------------------------------------- running

function run(check) {
  const lines = [];
  const say = (level, text) => lines.push({ level, text });
  try {
    check(say);
    return { holds: true, lines };
  } catch (error) {
    // Damaged input may also trip over something unforeseen: that is a failed check, never a pass and never a crash.
    const text = error instanceof Broken ? error.message : `what was given is damaged in a way that cannot be read: ${error?.message}`;
    lines.push({ level: 'FAIL', text: sentence(text) });
    return { holds: false, lines };
  }
}

/** A capital and a full stop; a file name at the beginning stays as it is. */
function sentence(text) {
  const start = /^[a-z]+[\s,]/.test(text) ? text[0].toUpperCase() : text[0];
  return `${start}${text.slice(1)}${text.endsWith('.') ? '' : '.'}`;
}

/** Bytes of a zip, or a Map of its files. Returns `{ holds, lines: [{ level: 'ok' | 'note' | 'FAIL', text }] }`. */
export function verifyBundle(bundle, options = {}) {
  return run((say) => checkBundle(bundle instanceof Map ? bundle : readZip(bundle), options, say));
}

export function verifyLedger(read, options = {}) {
  return run((say) => checkLedger(read, options, say));
}

/** The renderers that lie beside this file in a bundle, if they do. */
export async function renderersBeside(folder = path.dirname(fileURLToPath(import.meta.url))) {
  const file = path.join(folder, 'report', 'report.mjs');
  return fs.existsSync(file) ? import(pathToFileURL(file).href) : undefined;
}

/** A zip, an unpacked bundle, or a ledger in tlog-tiles layout. */
export function verifyPath(target, options = {}) {
  if (!fs.statSync(target).isDirectory()) return verifyBundle(fs.readFileSync(target), options);
  if (fs.existsSync(path.join(target, 'manifest.json'))) return verifyBundle(filesBeneath(target), options);
  return verifyLedger((name) => readIfThere(path.join(target, name)), options);
}

function readIfThere(file) {
  try {
    return fs.readFileSync(file);
  } catch (error) {
    if (error?.code === 'ENOENT' || error?.code === 'ENOTDIR') return undefined;
    throw error;
  }
}

function filesBeneath(folder, prefix = '') {
  const files = new Map();
  for (const item of fs.readdirSync(path.join(folder, prefix), { withFileTypes: true })) {
    const name = `${prefix}${item.name}`;
    if (item.isDirectory()) for (const [inner, bytes] of filesBeneath(folder, `${name}/`)) files.set(inner, bytes);
    else files.set(name, fs.readFileSync(path.join(folder, name)));
  }
  return files;
}

function usage() {
  console.error('usage: node verify.mjs BUNDLE.zip|FOLDER [--policy FILE] [--strict] [--json]');
  console.error('  --policy FILE  your own tlog-policy with the keys you trust\n  --strict       a signature that this Node cannot check counts as missing');
  return 2;
}

async function main(args) {
  const flags = new Set(args.filter((arg) => arg === '--strict' || arg === '--json'));
  const rest = args.filter((arg) => !flags.has(arg));
  const policyAt = rest.indexOf('--policy');
  const [, policyFile] = policyAt < 0 ? [] : rest.splice(policyAt, 2);
  if (rest.length !== 1 || rest[0].startsWith('--') || (policyAt >= 0 && policyFile === undefined)) return usage();
  let result;
  try {
    const self = fs.readFileSync(fileURLToPath(import.meta.url));
    const policy = policyFile === undefined ? undefined : fs.readFileSync(policyFile, 'utf8');
    result = verifyPath(rest[0], { policy, self, strict: flags.has('--strict'), renderers: await renderersBeside() });
  } catch (error) {
    console.error(`cannot read what was given: ${error?.message}`);
    return 2;
  }
  if (flags.has('--json')) console.log(JSON.stringify(result));
  else for (const { level, text } of result.lines) console.log(`${level.padEnd(4)}  ${text}`);
  if (!flags.has('--json')) console.log(result.holds ? '\nEverything holds.' : '\nIt does not hold.');
  return result.holds ? 0 : 1;
}

const isProgram = process.argv[1] !== undefined && fs.realpathSync(process.argv[1]) === fileURLToPath(import.meta.url);
if (isProgram) process.exitCode = await main(process.argv.slice(2));
