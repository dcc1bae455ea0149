/**
 * The whole configuration of the sshd that stands in front of the gate, as text. One account, public keys only, one forced command;
 * everything else that SSH can do is off twice: here, and by `restrict` on each key.
 */
export interface SshdOptions {
  readonly host: string;
  readonly port: number;
  readonly hostKeyPath: string;
  /** The system account that every session runs as; people are told apart by their keys. */
  readonly account: string;
  readonly relayPath: string;
  readonly socketPath: string;
  /** Key exchanges that the installed OpenSSH knows (`ssh -Q kex`). */
  readonly kexKnown: readonly string[];
}

/** Post-quantum first; then curves. An OpenSSH that does not know a name is not given it. */
const KEX_WANTED = [
  'mlkem768x25519-sha256',
  'sntrup761x25519-sha512',
  'sntrup761x25519-sha512@openssh.com',
  'curve25519-sha256',
  'curve25519-sha256@libssh.org',
  'ecdh-sha2-nistp384',
  'ecdh-sha2-nistp256',
] as const;

const KEYS_ACCEPTED = [
  'sk-ssh-ed25519@openssh.com',
  'ssh-ed25519',
  'sk-ecdsa-sha2-nistp256@openssh.com',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'rsa-sha2-512',
  'rsa-sha2-256',
];

export function renderSshdConfig(options: SshdOptions): string {
  const { relayPath, socketPath, account } = options;
  const kex = KEX_WANTED.filter((name) => options.kexKnown.includes(name));
  return `${[
    '# Written by Picturelock at every start; changes are overwritten.',
    `ListenAddress ${addressOf(options)}`,
    `HostKey ${quoted(options.hostKeyPath)}`,
    'PidFile none',
    'LogLevel VERBOSE',
    '',
    '# Cryptography',
    `KexAlgorithms ${kex.join(',')}`,
    'HostKeyAlgorithms ssh-ed25519',
    `PubkeyAcceptedAlgorithms ${KEYS_ACCEPTED.join(',')}`,
    'Ciphers aes128-gcm@openssh.com,aes256-gcm@openssh.com,chacha20-poly1305@openssh.com,aes256-ctr',
    'MACs hmac-sha2-256-etm@openssh.com,hmac-sha2-512-etm@openssh.com',
    'Compression no',
    '',
    '# Who may try: one account, by a key that the gate knows at this moment',
    `AllowUsers ${account}`,
    `PermitRootLogin ${account === 'root' ? 'forced-commands-only' : 'no'}`,
    'AuthenticationMethods publickey',
    'PubkeyAuthentication yes',
    'PasswordAuthentication no',
    'KbdInteractiveAuthentication no',
    'HostbasedAuthentication no',
    'PermitEmptyPasswords no',
    'UsePAM no',
    'StrictModes yes',
    'AuthorizedKeysFile none',
    `AuthorizedKeysCommand ${relayPath} --socket ${socketPath} --keys %f`,
    `AuthorizedKeysCommandUser ${account}`,
    '',
    '# What is served: SFTP, by way of the relay',
    `Subsystem sftp ${relayPath}`,
    'DisableForwarding yes',
    'AllowTcpForwarding no',
    'AllowStreamLocalForwarding no',
    'AllowAgentForwarding no',
    'X11Forwarding no',
    'PermitTunnel no',
    'PermitTTY no',
    'PermitUserRC no',
    'PermitUserEnvironment no',
    'PrintMotd no',
    'PrintLastLog no',
    'VersionAddendum none',
    '',
    '# Limits',
    'LoginGraceTime 30',
    'MaxAuthTries 6',
    'MaxSessions 4',
    'MaxStartups 16:30:128',
    'PerSourceMaxStartups 32',
    'ClientAliveInterval 15',
    'ClientAliveCountMax 3',
  ].join('\n')}\n`;
}

function addressOf({ host, port }: SshdOptions): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

function quoted(path: string): string {
  return `"${path}"`;
}

/** What sshd runs for a key: part of an authorized_keys line, so no quotes and no spaces beyond the words. */
export function renderRelayCommand(relayPath: string, socketPath: string, credential: string): string {
  return `${relayPath} --socket ${socketPath} --credential ${credential}`;
}

/** sshd splits these at spaces and the account's shell reads them: only plain paths are taken. */
export function isPlainPath(path: string): boolean {
  return /^\/[A-Za-z0-9._/-]+$/.test(path);
}
