/** The command line: picturelock.ts, or its bundle while that was made from these sources. Plain JavaScript, as built-code.mjs says why. */
import { startOf } from '#host/process/built-code.mjs';

await import(startOf('picturelock'));
