/** A failed assertion is a bug in this program: it is never caught, and the process ends. */
export class Bug extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'Bug';
  }
}

export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Bug(message);
}

/** The end of an exhaustive switch. */
export function never(value: never): never {
  throw new Bug(`unreachable: ${JSON.stringify(value)}`);
}
