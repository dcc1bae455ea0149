/** By what a path is found among many: of all of its 16 bit units, because what is no UTF-8 is told apart by halves of pairs. */
import { hash } from 'node:crypto';

export function pathId(path: string): Buffer {
  return hash('sha256', Buffer.from(path, 'utf16le'), 'buffer');
}
