/**
 * How a repository is opened from a shell, as it is typed: by our tool, and by stock restic, which knows nothing of credential files. Secrets come from
 * files and never stand in a line: the shell's own `echo` puts a vault's token into a file that restic reads, and a bucket's key into the environment.
 */
import type { RepositoryFact } from './facts.ts';

/** `keys` is the folder that holds the files which the fact names, with a slash at its end, or '' for where one is. */
export function ourWayIn({ address, credential, ca, client }: RepositoryFact, keys: string): string {
  const flags: readonly (readonly [string, string | undefined])[] = [
    ['--repository', address],
    ['--credential-file', inFolder(keys, credential)],
    ['--ca-file', inFolder(keys, ca)],
    ['--cert-file', inFolder(keys, client?.cert)],
    ['--key-file', inFolder(keys, client?.key)],
  ];
  return flags.flatMap(([flag, value]) => (value === undefined ? [] : [`${flag} ${quoted(value)}`])).join(' ');
}

export interface StockRestore {
  readonly passwordFile: string;
  /** The newest one with the tag when the id is not known. */
  readonly snapshot: string;
  readonly target: string;
}

/** Lines before, and the one that restores. No lock is written: who only reads needs no right to write. */
export function stockRestore(
  fact: RepositoryFact,
  keys: string,
  { passwordFile, snapshot, target }: StockRestore,
): readonly string[] {
  const { before, flags } = stockWayIn(fact, keys);
  const rest = `--no-lock --password-file ${quoted(passwordFile)} restore ${snapshot} --target ${quoted(target)}`;
  return [...before, `restic ${flags} ${rest}`];
}

function stockWayIn(
  fact: RepositoryFact,
  keys: string,
): { readonly before: readonly string[]; readonly flags: string } {
  const { address, repository, vault, ca } = fact;
  const credential = inFolder(keys, fact.credential);
  const trust = ca === undefined ? '' : ` --cacert ${quoted(keys + ca)}`;
  const [, scheme = '', rest = ''] = /^rest:(https?:\/\/)(.*)$/.exec(address) ?? [];
  if (scheme !== '' && credential !== undefined) {
    const file = `${vault}.${repository}.repository`;
    const shown = clientLines(fact, keys);
    return {
      before: [`echo "rest:${scheme}$(head -n 1 ${quoted(credential)})@${rest}" > ${file}`, ...shown.before],
      flags: `--repository-file ${file}${trust}${shown.flags}`,
    };
  }
  const shown = scheme === '' ? { before: [], flags: '' } : clientLines(fact, keys);
  const isBucket = address.startsWith('s3:') && credential !== undefined;
  return {
    before: [...(isBucket ? bucketKey(credential) : []), ...shown.before],
    flags: `-r ${quoted(address)}${trust}${shown.flags}`,
  };
}

function bucketKey(credential: string): readonly string[] {
  const file = quoted(credential);
  return [
    `export AWS_ACCESS_KEY_ID="$(head -n 1 ${file} | cut -d : -f 1)"`,
    `export AWS_SECRET_ACCESS_KEY="$(head -n 1 ${file} | cut -d : -f 2-)"`,
    `export AWS_DEFAULT_REGION="$(sed -n 's/^region=//p' ${file})"`,
  ];
}

/** Stock restic takes a client's certificate and key in one file. */
function clientLines({ client, vault }: RepositoryFact, keys: string) {
  if (client === undefined) return { before: [], flags: '' };
  const both = `${vault}.client.pem`;
  const before = [`cat ${quoted(keys + client.cert)} ${quoted(keys + client.key)} > ${both}`];
  return { before, flags: ` --tls-client-cert ${both}` };
}

function inFolder(folder: string, name: string | undefined): string | undefined {
  return name === undefined ? undefined : `${folder}${name}`;
}

/** As a POSIX shell reads it: one word. */
export function quoted(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
