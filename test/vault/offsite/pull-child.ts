/** A second vault in a process of its own, to be killed: pulls, and tells each durable object in a line of its own. */
import { writeSync } from 'node:fs';
import { startVaultService } from '#host/vault/vault-service.ts';

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error('give the folder');
const service = await startVaultService({
  folder,
  host: '127.0.0.1',
  port: 0,
  freeBytesMin: 0,
  roundEveryMs: 86_400_000,
  onTrouble: (what, cause) => void writeSync(2, `${what}: ${String(cause)}\n`),
});
let told = 0;
function tell(): void {
  const { size } = service.vault.holdings;
  for (; told < size; told += 1) writeSync(1, 'held\n');
}
const timer = setInterval(tell, 1);
await service.puller.pull(true);
clearInterval(timer);
tell();
await service.close();
