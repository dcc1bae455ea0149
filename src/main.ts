/** `main.ts start …` and `main.ts role NAME`: src/host/process/service.ts, or its bundle while that was made from these sources. */
import { startOf } from '#host/process/built-code.mjs';

await import(startOf('service'));
