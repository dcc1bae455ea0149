/** Lines in one memory, each with its key before its text, and their order by the bytes of the keys. Most are told apart by one number of a few of these. */

/** Before a key: its own length, then that of the text. */
export const LENGTH_BYTES = 4;
export const HEAD_BYTES = 2 * LENGTH_BYTES;
/** As many as a number holds exactly. */
const TOLD_BYTES = 6;

export function keyAt(bytes: Buffer, at: number): Buffer {
  return bytes.subarray(at + HEAD_BYTES, keyEnd(bytes, at));
}

export function keyEnd(bytes: Buffer, at: number): number {
  return at + HEAD_BYTES + bytes.readUInt32LE(at);
}

/** The places of the lines, least key first. */
export function inOrder(memory: Buffer, starts: readonly number[]): Uint32Array {
  const skipped = HEAD_BYTES + sharedBytes(memory, starts);
  const numbers = Float64Array.from(starts, (at) => numberAt(memory, at + skipped, keyEnd(memory, at)));
  const at = (nth: number): number => starts[nth] ?? 0;
  const order = Uint32Array.from(starts.keys()).sort((a, b) => {
    const difference = (numbers[a] ?? 0) - (numbers[b] ?? 0);
    return difference === 0 ? compared(memory, at(a), at(b)) : difference;
  });
  return order.map(at);
}

function compared(memory: Buffer, a: number, b: number): number {
  return memory.compare(memory, b + HEAD_BYTES, keyEnd(memory, b), a + HEAD_BYTES, keyEnd(memory, a));
}

/** How many bytes every key begins with. */
function sharedBytes(memory: Buffer, [first = 0, ...others]: readonly number[]): number {
  let shared = others.length === 0 ? 0 : memory.readUInt32LE(first);
  for (const at of others) {
    shared = Math.min(shared, memory.readUInt32LE(at));
    let same = 0;
    while (same < shared && memory[at + HEAD_BYTES + same] === memory[first + HEAD_BYTES + same]) same += 1;
    shared = same;
  }
  return shared;
}

/** A key that ends before is followed by nothing but zeros: it comes before those that it begins, and is compared with those that it equals. */
function numberAt(memory: Buffer, from: number, end: number): number {
  let number = 0;
  for (let at = from; at < from + TOLD_BYTES; at += 1) number = number * 256 + (at < end ? (memory[at] ?? 0) : 0);
  return number;
}
