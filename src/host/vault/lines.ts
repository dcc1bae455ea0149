/** Text lines out of pieces of bytes, as they come. */
import { Fault } from '#std/refused.ts';

/** Gives the lines that each piece ends; a line longer than `bytesMax` is a Fault. */
export function lineSplitter(bytesMax: number): (chunk: Buffer) => readonly string[] {
  let rest: Buffer[] = [];
  let restBytes = 0;
  return (chunk) => {
    const lines: string[] = [];
    let from = 0;
    for (let end = chunk.indexOf(0x0a); end !== -1; end = chunk.indexOf(0x0a, from)) {
      lines.push(Buffer.concat([...rest, chunk.subarray(from, end)]).toString('utf8'));
      [rest, restBytes, from] = [[], 0, end + 1];
    }
    if (from < chunk.length) rest.push(chunk.subarray(from));
    restBytes += chunk.length - from;
    if (restBytes > bytesMax) throw new Fault('line-too-long', 'a line is longer than is understood');
    return lines;
  };
}
