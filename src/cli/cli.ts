/** What every command gets: where the data is, how to speak, and the console when it is needed. */
import type { Console } from './console.ts';
import type { Output } from './output.ts';

export interface Cli {
  readonly output: () => Output;
  readonly data: () => string;
  readonly with: (run: (console: Console) => Promise<void>) => Promise<void>;
  /** Sets the exit code of a command that ran and found that something does not hold. */
  readonly leave: (code: number) => void;
}
