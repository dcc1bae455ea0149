/** A vault in a process of its own, to be killed: says `ready PORT` and then serves. SIGUSR2 has it do its round, and fold its journal. */
import { writeSync } from 'node:fs';
import { startVaultService } from '#host/vault/vault-service.ts';

const [folder, freeBytesMin] = process.argv.slice(2);
if (folder === undefined) throw new Error('give the folder');
const service = await startVaultService({
  folder,
  host: '127.0.0.1',
  port: 0,
  freeBytesMin: Number(freeBytesMin ?? 0),
  foldBytes: 1,
  roundEveryMs: 86_400_000,
  onTrouble: (what, cause) => void writeSync(2, `${what}: ${String(cause)}\n`),
});
process.on('SIGUSR2', () => void service.round());
writeSync(1, `ready ${service.port}\n`);
const failure = await service.failed;
writeSync(1, `failed ${String(failure)}\n`);
process.exit(3);
