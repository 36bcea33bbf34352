const unitsMs = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

type Unit = keyof typeof unitsMs;

/** How a duration is written: `800ms`, `2s`, `1.5m`, `24h`, `7d`. */
export const durationPattern: RegExp = /^(\d{1,12}(?:\.\d{1,9})?)(ms|s|m|h|d)$/;

/** Milliseconds of a duration such as `1.5m`, rounded to whole ones; undefined when it isn't one. */
export function parseDuration(text: string): number | undefined {
  const match = durationPattern.exec(text);
  if (match === null) return undefined;
  return Math.round(Number(match[1]) * unitsMs[match[2] as Unit]);
}

/** The shortest way to write a number of milliseconds: 90000 is `90s`, 86400000 is `24h`. */
export function formatDuration(ms: number): string {
  for (const unit of ["d", "h", "m", "s"] as const) {
    const count = ms / unitsMs[unit];
    // 24 h rather than 1 d, 90 s rather than 1.5 m: what people write.
    if (Number.isInteger(count) && count >= (unit === "d" ? 2 : 1)) return `${count}${unit}`;
  }
  return `${ms}ms`;
}

/** Milliseconds of an ISO 8601 duration of weeks, days, hours, minutes and seconds; months and years have no length. */
export function parseIsoDuration(text: string): number | undefined {
  if (text.length > 64) return undefined;
  const match = /^P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$/.exec(text);
  if (match === null || match.slice(1).every((part) => part === undefined)) return undefined;
  const [weeks, days, hours, minutes, seconds] = match.slice(1).map((part) => Number(part ?? 0));
  const wholeDays = (weeks ?? 0) * 7 + (days ?? 0);
  return Math.round(
    wholeDays * unitsMs.d + (hours ?? 0) * unitsMs.h + (minutes ?? 0) * unitsMs.m + (seconds ?? 0) * unitsMs.s,
  );
}
