/**
 * The relay where there is no C compiler: the same words and the same behaviour as relay.c, about a third slower and one Node
 * process per session. Run by sshd, never imported.
 */
import { connect } from 'node:net';

const LINE_BYTES_MAX = 600;
const [, , flag, path = '', kind, name = ''] = process.argv;
/** The script around this program: what sshd has been told to run for the subsystem. */
const self = process.env['RELAY_NAME'];

function fail(what: string): never {
  process.stderr.write(`picturelock: ${what}\n`);
  process.exit(1);
}

const isKeys = kind === '--keys';
if (flag !== '--socket' || (!isKeys && kind !== '--credential'))
  fail('usage: relay --socket PATH --credential ID | --keys FINGERPRINT');
if (!isKeys && process.env['SSH_ORIGINAL_COMMAND'] !== self) fail('only SFTP is served here; no commands, no shell');
const gate = connect({ path, allowHalfOpen: true });
gate.on('error', () => fail('the gate is not running'));
const from = process.env['SSH_CONNECTION']?.split(' ')[0] ?? '';
gate.write(isKeys ? `keys 1 ${name}\n` : `sftp 1 ${name} ${from}\n`);
if (isKeys) gate.pipe(process.stdout);
else awaitWord(Buffer.alloc(0));

function awaitWord(held: Buffer): void {
  gate.once('data', (chunk: Buffer) => {
    const bytes = Buffer.concat([held, chunk]);
    const end = bytes.indexOf(0x0a);
    if (end < 0 && bytes.length <= LINE_BYTES_MAX) return awaitWord(bytes);
    const line = bytes.toString('utf8', 0, Math.max(end, 0));
    if (line !== 'ok') fail(line.startsWith('no ') ? line.slice(3) : 'not let in');
    gate.pause();
    if (end + 1 < bytes.length) gate.unshift(bytes.subarray(end + 1));
    gate.on('close', () => process.exit(0));
    gate.on('end', () => process.exit(0));
    process.stdin.pipe(gate);
    gate.pipe(process.stdout);
    return undefined;
  });
}
