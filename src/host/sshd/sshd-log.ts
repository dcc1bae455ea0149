/**
 * Who was turned away, read from sshd's log (level VERBOSE). Of methods that it does not offer sshd says nothing: there only the end of a
 * connection that has shown no key tells of the try.
 */

/** User names are the client's own and may hold spaces, or look like the rest of the line: so the last address counts. */
const AT = String.raw`(?<from>[0-9a-fA-F.:]+) port (?<port>\d+)`;
const KEY = String.raw`(?<fingerprint>SHA256:[A-Za-z0-9+/]{43})`;
const REFUSED = [
  new RegExp(`^Failed (?<method>publickey) for .* from ${AT} ssh2: \\S+ ${KEY}$`),
  // After a certificate's fingerprint come words of whoever made it: here the first address counts.
  new RegExp(`^Failed (?<method>publickey) for (?:invalid user )?\\S* ?from ${AT} ssh2: \\S+-CERT ${KEY} ID `),
  new RegExp(`^Failed (?<method>[a-z-]{1,30})(?:/\\S+)? for .* from ${AT} ssh2$`),
];
const LEFT = new RegExp(
  `^(?:Disconnected from|Disconnecting|Connection (?:closed|reset) by) (?:authenticating|invalid) user .* ${AT}(?:: .*)? \\[preauth\\]$`,
);
/** What clients ask first, to hear what is offered. */
const PROBE = 'none';
/** Connections that are remembered as told of. */
const TOLD_MAX = 1_000;

export interface TurnedAway {
  readonly from: string;
  /** SSH's own name of what was tried; absent when the connection ended without a key. */
  readonly method?: string;
  readonly fingerprint?: string;
}

export class SshdLog {
  /** Address and port of connections with a refused try, oldest first. */
  readonly #told = new Set<string>();

  /** `Failed publickey for sftp from 10.0.0.7 port 50122 ssh2: ED25519 SHA256:...`; undefined for lines about anything but a refused try. */
  read(line: string): TurnedAway | undefined {
    const text = line.trim();
    for (const shape of REFUSED) {
      const { from, port, method, fingerprint } = shape.exec(text)?.groups ?? {};
      if (from === undefined || method === undefined || method === PROBE) continue;
      this.#remember(`${from} ${port}`);
      return fingerprint === undefined ? { from, method } : { from, method, fingerprint };
    }
    const { from, port } = LEFT.exec(text)?.groups ?? {};
    return from === undefined || this.#told.delete(`${from} ${port}`) ? undefined : { from };
  }

  #remember(connection: string): void {
    this.#told.add(connection);
    const [oldest] = this.#told;
    if (this.#told.size > TOLD_MAX && oldest !== undefined) this.#told.delete(oldest);
  }
}
