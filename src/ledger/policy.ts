/** C2SP tlog-policy: which logs are trusted, which witnesses are known, and how many of them must have cosigned. */
import { hash } from 'node:crypto';
import { toBase64 } from '#std/bytes.ts';
import { parseDecimal } from './decimal.ts';
import { Invalid } from './invalid.ts';
import type { VerifierKey } from './vkey.ts';
import { parseVkey, renderVkey } from './vkey.ts';

export interface Group {
  readonly need: number;
  readonly members: readonly string[];
}

export interface Policy {
  readonly logs: readonly VerifierKey[];
  readonly witnesses: ReadonlyMap<string, VerifierKey>;
  readonly groups: ReadonlyMap<string, Group>;
  /** The name of a witness or group, or `none`. */
  readonly quorum: string;
}

const LINES_MAX = 2000;
const NAMED_MAX = 256;

interface Draft {
  readonly logs: VerifierKey[];
  readonly witnesses: Map<string, VerifierKey>;
  readonly groups: Map<string, Group>;
  readonly used: Set<string>;
  quorum: string | undefined;
}

export function parsePolicy(text: string): Policy {
  if (/(?![\t\n\u0080-\u009f])\p{Cc}/u.test(text)) throw new Invalid('policy', 'a policy with control characters');
  const lines = text.split('\n');
  if (lines.length > LINES_MAX) throw new Invalid('policy', `a policy of more than ${LINES_MAX} lines`);
  const draft: Draft = { logs: [], witnesses: new Map(), groups: new Map(), used: new Set(), quorum: undefined };
  for (const line of lines) {
    const words = line.split(/[ \t]+/).filter((word) => word !== '');
    if (words.length > 0 && !words[0]?.startsWith('#')) addLine(draft, words);
  }
  if (draft.quorum === undefined) throw new Invalid('policy', 'a policy without a quorum line');
  return { logs: draft.logs, witnesses: draft.witnesses, groups: draft.groups, quorum: draft.quorum };
}

function addLine(draft: Draft, [keyword, ...rest]: readonly string[]): void {
  switch (keyword) {
    case 'log':
      return addLog(draft, rest);
    case 'witness':
      return addWitness(draft, rest);
    case 'group':
      return addGroup(draft, rest);
    case 'quorum':
      return setQuorum(draft, rest);
    default:
      throw new Invalid('policy', `a policy line that starts with ${JSON.stringify(keyword)}`);
  }
}

function addLog(draft: Draft, words: readonly string[]): void {
  const key = parseVkey(words[0] ?? '');
  if (words.length > 2 || key.type !== 1) throw new Invalid('policy', 'a log line needs an Ed25519 verifier key');
  if (draft.logs.length >= NAMED_MAX || draft.logs.some((log) => isSameKey(log, key)))
    throw new Invalid('policy', `the log ${key.name} is listed twice`);
  draft.logs.push(key);
}

function addWitness(draft: Draft, words: readonly string[]): void {
  const [name = '', vkey = ''] = words;
  const key = parseVkey(vkey);
  if (words.length < 2 || words.length > 3 || key.type === 1)
    throw new Invalid('policy', `witness ${name} needs a cosigner's verifier key`);
  if ([...draft.witnesses.values()].some((witness) => isSameKey(witness, key)))
    throw new Invalid('policy', `the key of witness ${name} is listed twice`);
  define(draft, name);
  draft.witnesses.set(name, key);
}

function addGroup(draft: Draft, [name = '', threshold = '', ...members]: readonly string[]): void {
  const need = threshold === 'all' ? members.length : threshold === 'any' ? 1 : parseDecimal(threshold);
  if (need === undefined || need < 1 || need > members.length)
    throw new Invalid('policy', `group ${name} needs 1 to ${members.length} members`);
  for (const member of members) {
    if (!draft.witnesses.has(member) && !draft.groups.has(member))
      throw new Invalid('policy', `group ${name} names ${member}, which is not defined above it`);
    if (draft.used.has(member)) throw new Invalid('policy', `${member} is a member twice`);
    draft.used.add(member);
  }
  define(draft, name);
  draft.groups.set(name, { need, members });
}

function setQuorum(draft: Draft, words: readonly string[]): void {
  const [name = ''] = words;
  if (draft.quorum !== undefined || words.length !== 1)
    throw new Invalid('policy', 'a policy has exactly one quorum line');
  if (name !== 'none' && !draft.witnesses.has(name) && !draft.groups.has(name))
    throw new Invalid('policy', `the quorum names ${name}, which is not defined above it`);
  draft.quorum = name;
}

function define(draft: Draft, name: string): void {
  if (name === '' || name === 'none' || draft.witnesses.has(name) || draft.groups.has(name))
    throw new Invalid('policy', `the name ${JSON.stringify(name)} cannot be given`);
  if (draft.witnesses.size + draft.groups.size >= NAMED_MAX)
    throw new Invalid('policy', `a policy of more than ${NAMED_MAX} names`);
}

function isSameKey(a: VerifierKey, b: VerifierKey): boolean {
  return toBase64(a.publicBytes) === toBase64(b.publicBytes);
}

/** `signed(name)` says whether that witness cosigned. */
export function meetsQuorum(
  policy: Policy,
  signed: (witness: string) => boolean,
  name: string = policy.quorum,
): boolean {
  if (name === 'none') return true;
  const group = policy.groups.get(name);
  if (group === undefined) return signed(name);
  return group.members.filter((member) => meetsQuorum(policy, signed, member)).length >= group.need;
}

/** The policy of one log of ours: its Ed25519 key, and its own ML-DSA-44 line as a required cosigner. */
export function renderLogPolicy(keys: { readonly ed25519: VerifierKey; readonly mlDsa44: VerifierKey }): string {
  return [
    `# The keys of the ledger of ${keys.ed25519.name} (format: c2sp.org/tlog-policy).`,
    '# Compare them with keys that you got on another way before you trust them.',
    `log ${renderVkey(keys.ed25519)}`,
    `witness log-ml-dsa-44 ${renderVkey(keys.mlDsa44)}`,
    'quorum log-ml-dsa-44',
    '',
  ].join('\n');
}

export interface NamedKey {
  readonly algorithm: 'Ed25519' | 'ML-DSA-44';
  readonly vkey: string;
  /** Hex, of the public key's raw bytes: what two people can read to each other. */
  readonly sha256: string;
}

/** The keys of a policy, for people who compare them. */
export function keysIn(text: string): readonly NamedKey[] {
  const { logs, witnesses } = parsePolicy(text);
  return [...logs, ...witnesses.values()].map((key) => ({
    algorithm: key.type === 6 ? 'ML-DSA-44' : 'Ed25519',
    vkey: renderVkey(key),
    sha256: hash('sha256', key.publicBytes, 'hex'),
  }));
}
