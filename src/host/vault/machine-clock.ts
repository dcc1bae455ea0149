/** The clocks of this machine, as the vault reads them. */
import { readFileSync } from 'node:fs';
import type { ClockReading } from '#vault/server/vault-clock.ts';

const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();

/** Time since boot counts sleep too: a machine that slept has not been stepped. */
export function readMachineClock(): ClockReading {
  const uptime = Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0]);
  return { wall: Date.now(), monotonic: uptime * 1000, boot };
}
