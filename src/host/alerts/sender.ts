/** One way out: gets a message's bytes to somebody, or throws a Fault whose code says why not. The code goes into the ledger; so it holds no secret. */
import type { AlertWay } from '#model/alert-events.ts';

export interface Sender {
  readonly way: AlertWay;
  /** The command's path or the webhook's host. */
  readonly to: string;
  send(body: string, signal: AbortSignal): Promise<void>;
}
