/** The process that tells outside what somebody has to know. It has no key of backups, and does not depend on the processes that it tells about. */
import { join } from 'node:path';
import type { Running, Start } from './child.ts';
import type { Settings } from './settings.ts';
import { startAlerts } from '#host/alerts/alerts.ts';
import { commandSender } from '#host/alerts/command-sender.ts';
import type { Sender } from '#host/alerts/sender.ts';
import { webhookSender } from '#host/alerts/webhook-sender.ts';
import { watchTroubles } from '#host/alerts/trouble-watch.ts';
import { readEscrow } from '#host/backup/notes.ts';
import { createClock } from '#host/clock.ts';
import { connectEngine } from '#host/engine-socket/client.ts';
import { backupTroubles } from '#plan/backup/troubles.ts';
import type { EscrowAt } from '#plan/backup/troubles.ts';

export const startAlertsRole: Start = async (settings, log) => {
  const clock = createClock();
  const senders = sendersOf(settings, () => clock.now());
  const engine = await connectEngine(settings.data);
  const watch = watchTroubles({
    engine,
    clock,
    troubles: (state, at) => backupTroubles(state, at, escrowAt(settings.data)),
    onTrouble: (what, error) => log.warn({ err: error }, what),
  });
  const alerts = await startAlerts({
    engine,
    clock,
    senders,
    onTrouble: (what, error) => log.warn({ err: error }, what),
  });
  return {
    async close() {
      await watch.close();
      await alerts.close();
      await engine.close();
    },
  } satisfies Running;
};

/** A note that cannot be read keeps no other trouble from being told. */
function escrowAt(data: string): EscrowAt | undefined {
  try {
    return readEscrow(data)?.at ?? 'never';
  } catch {
    return undefined;
  }
}

function sendersOf({ data, alerts = {} }: Settings, now: () => number): readonly Sender[] {
  const { command, webhook, ca } = alerts;
  const keyFile = join(data, 'keys', 'alert-webhook.key');
  return [
    ...(command === undefined ? [] : [commandSender(command)]),
    ...(webhook === undefined
      ? []
      : [webhookSender({ addressFile: webhook, keyFile, now, ...(ca === undefined ? {} : { caFile: ca }) })]),
  ];
}
