/** Calendar days of this machine as `YYYY-MM-DD`, and the instants at their edges. Daylight saving is the calendar's business. */
export function dayText(at: number, addDays = 0): string {
  const day = new Date(at);
  day.setDate(day.getDate() + addDays);
  const two = (value: number) => String(value).padStart(2, '0');
  return `${day.getFullYear()}-${two(day.getMonth() + 1)}-${two(day.getDate())}`;
}

export function dayStart(day: string): number {
  return new Date(`${day}T00:00:00`).getTime();
}

/** The last second of the day, so that "until Friday" includes Friday. */
export function dayEnd(day: string): number {
  return new Date(`${day}T23:59:59`).getTime();
}
