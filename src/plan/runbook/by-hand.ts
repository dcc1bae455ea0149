/**
 * What people hold on paper, opened by tools that are not ours: shares by Python (the arithmetic of `vault/escrow/shares.ts`, at zero), sealed lines by
 * OpenSSL. A facility that lost this program is not lost.
 */

/** One line of Python: reads the files of shares that it is given, writes the secret. It does not check that they belong together: restic will. */
const JOIN = [
  'import sys; from functools import reduce',
  'm=lambda a,b:0 if b==0 else (a if b&1 else 0)^m((a<<1)^(283 if a&128 else 0),b>>1)',
  'i=lambda a:next(b for b in range(256) if m(a,b)==1)',
  "s={int(p[2]):bytes.fromhex(p[3]) for f in sys.argv[1:] for l in open(f) if l.startswith('PLS1-') for p in [l.split('-')]}",
  'w={x:reduce(m,[m(o,i(o^x)) for o in s if o!=x],1) for x in s}',
  'n=len(min(s.values()))',
  'print(bytes(reduce(lambda a,b:a^b,[m(s[x][k],w[x]) for x in s]) for k in range(4,n)).decode())',
].join('; ');

export function joinByHand(files: readonly string[], out: string): string {
  return `python3 -c "${JOIN}" ${files.join(' ')} > ${out}`;
}

/** The line of a sheet that begins with the file's name. */
export function openByHand(sheet: string, file: string, passwordFile: string): string {
  const line = `sed -n 's/^${file}: //p' ${sheet}`;
  return `${line} | openssl enc -d -aes-256-cbc -pbkdf2 -iter 100000 -md sha256 -a -A -pass file:${passwordFile} > ${file}`;
}
