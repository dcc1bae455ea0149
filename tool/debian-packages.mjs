/**
 * The real parts that the tests drive: Debian's packages, with the command that shows each is there.
 * As root on Debian they are installed; otherwise the run stops with the exact list.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

const NEEDED = [
  { name: 'openssh-server', shows: '/usr/sbin/sshd' },
  { name: 'openssh-client', shows: '/usr/bin/sftp' },
  { name: 'rclone', shows: '/usr/bin/rclone' },
  { name: 'putty-tools', shows: '/usr/bin/psftp' },
  { name: 'lftp', shows: '/usr/bin/lftp' },
  { name: 'curl', shows: '/usr/bin/curl' },
  { name: 'chromium-headless-shell', shows: '/usr/lib/chromium/chromium-headless-shell' },
  { name: 'strace', shows: '/usr/bin/strace' },
  { name: 'gcc', shows: '/usr/bin/gcc' },
  { name: 'libc6-dev', shows: '/usr/include/stdio.h' },
  { name: 'nftables', shows: '/usr/sbin/nft' },
  { name: 'iproute2', shows: '/usr/sbin/ip' },
  { name: 'conntrack', shows: '/usr/sbin/conntrack' },
  { name: 'restic', shows: '/usr/bin/restic' },
  { name: 'radosgw', shows: '/usr/bin/radosgw' },
  { name: 'ceph-mon', shows: '/usr/bin/ceph-mon' },
  { name: 'ceph-osd', shows: '/usr/bin/ceph-osd' },
  { name: 'attr', shows: '/usr/bin/setfattr' },
  { name: 'ffmpeg', shows: '/usr/bin/ffmpeg' },
  { name: 'acl', shows: '/usr/bin/setfacl' },
  { name: 'openssl', shows: '/usr/bin/openssl' },
  { name: 'procps', shows: '/bin/ps' },
  { name: 'golang-go', shows: '/usr/bin/go' },
  { name: 'golang-golang-x-mod-dev', shows: '/usr/share/gocode/src/golang.org/x/mod/sumdb/tlog' },
];

export function ensureDebianPackages() {
  const missing = NEEDED.filter((item) => !existsSync(item.shows)).map((item) => item.name);
  if (missing.length === 0) return;
  const command = `apt-get install -y --no-install-recommends ${missing.join(' ')}`;
  const isRoot = process.getuid?.() === 0;
  if (!isRoot || !existsSync('/usr/bin/apt-get')) {
    process.stderr.write(`The tests drive real parts that are not here. As root on Debian, run:\n  ${command}\n`);
    process.exit(1);
  }
  process.stderr.write(`Installing Debian packages for the tests: ${missing.join(' ')} ...\n`);
  const environment = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  run(['update', '-qq'], environment);
  run(['install', '-y', '-qq', '--no-install-recommends', ...missing], environment);
}

function run(args, env) {
  const done = spawnSync('apt-get', args, { env, encoding: 'utf8' });
  if (done.status === 0) return;
  process.stderr.write(`apt-get ${args.join(' ')} failed:\n${done.stdout}${done.stderr}\n`);
  process.exit(1);
}
