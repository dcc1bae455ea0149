/** What a copy in a bucket costs a month, by the prices that the facility was quoted. Pure; nothing of it is a promise of the store. */

/** In cents of any currency; what is left out costs nothing. */
export interface PriceTable {
  /** One TiB kept for one month. */
  readonly perTibMonth: number;
  readonly perThousandPuts: number;
  /** Reads, lists and questions about locks. */
  readonly perThousandGets: number;
  /** One TiB read out of the store. */
  readonly perTibOut: number;
  /** A store that counts each object as at least so many bytes, and each as kept for at least so many days. */
  readonly bytesMin?: number;
  readonly daysMin?: number;
}

export interface OffsiteUse {
  readonly bytes: number;
  readonly objects: number;
  /** What comes in a month, and how long it is kept: policy and locks together. */
  readonly newBytesPerMonth: number;
  readonly newObjectsPerMonth: number;
  readonly keptDays: number;
  readonly lockDays: number;
  readonly backupsPerMonth: number;
  /** Read back by drills. */
  readonly readBytesPerMonth: number;
}

export interface OffsiteCost {
  readonly keepCents: number;
  readonly requestCents: number;
  readonly readCents: number;
  readonly monthCents: number;
  /** When as much goes as comes: the month that the budget is made for. */
  readonly steadyBytes: number;
  readonly steadyMonthCents: number;
  /** Reading everything back once, after a loss. */
  readonly restoreCents: number;
}

const TIB = 2 ** 40;
const MONTH_DAYS = 30;
const KEYS_PER_LIST = 1000;
/** Stored, then asked whether it is locked. */
const GETS_PER_PUT = 1;
/** A lock is made longer when half of it is left; the whole is measured four times within that half. */
const ROUNDS_PER_LOCK = 8;

export function offsiteCost(use: OffsiteUse, prices: PriceTable): OffsiteCost {
  const counted = (bytes: number, objects: number): number => Math.max(bytes, objects * (prices.bytesMin ?? 0));
  const keep = (bytes: number): number => (bytes / TIB) * prices.perTibMonth;
  const keptDays = Math.max(use.keptDays, use.lockDays, prices.daysMin ?? 0);
  const steadyBytes = Math.round((counted(use.newBytesPerMonth, use.newObjectsPerMonth) * keptDays) / MONTH_DAYS);
  const steadyObjects = (use.newObjectsPerMonth * keptDays) / MONTH_DAYS;
  const requests = (objects: number): number => requestCents(use, objects, prices);
  const readCents = (use.readBytesPerMonth / TIB) * prices.perTibOut;
  const nowBytes = counted(use.bytes, use.objects);
  return {
    keepCents: keep(nowBytes),
    requestCents: requests(use.objects),
    readCents,
    monthCents: keep(nowBytes) + requests(use.objects) + readCents,
    steadyBytes,
    steadyMonthCents: keep(steadyBytes) + requests(steadyObjects) + readCents,
    restoreCents: (use.bytes / TIB) * prices.perTibOut + (use.objects / 1000) * prices.perThousandGets,
  };
}

function requestCents(use: OffsiteUse, objects: number, { perThousandPuts, perThousandGets }: PriceTable): number {
  const roundsPerMonth = (MONTH_DAYS / use.lockDays) * ROUNDS_PER_LOCK;
  const extended = (objects * MONTH_DAYS * 2) / use.lockDays;
  const puts = use.newObjectsPerMonth + extended;
  const lists = (objects / KEYS_PER_LIST) * (use.backupsPerMonth + roundsPerMonth);
  const gets = use.newObjectsPerMonth * GETS_PER_PUT + objects * roundsPerMonth + extended;
  return (puts / 1000) * perThousandPuts + ((gets + lists) / 1000) * perThousandGets;
}
