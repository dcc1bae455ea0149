/**
 * The near end of the one way out of walls: listens where the vault would be and hands every connection to a socket of ours outside. It runs beside the
 * program, in the same network and with the rights of those namespaces, so that the program can neither look into it nor become it.
 *
 * Arguments: the socket; the address and the port to listen at; a file that is made when it listens.
 */
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { joined } from './joined.ts';

const [socket = '', address = '', port = '', ready = ''] = process.argv.slice(2);
createServer((near) => joined(near, { path: socket })).listen(Number(port), address, () => writeFileSync(ready, ''));
