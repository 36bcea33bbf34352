/** The header that carries what is left of a deadline over plain HTTP: whole milliseconds, relative. */
export const timeoutHeader = "request-timeout-ms";

/** The longest timeout that is believed: what a timer can hold, about 24 days. */
const longestMs = 2 ** 31 - 1;

/** Milliseconds of a timeout header; undefined for anything but 1 to 12 digits; clamped to what a timer can hold. */
export function parseTimeoutMs(text: string | null | undefined): number | undefined {
  if (text === null || text === undefined || !/^[0-9]{1,12}$/.test(text)) return undefined;
  return Math.min(Number(text), longestMs);
}

/** The header's text: whole milliseconds, never negative. */
export function formatTimeoutMs(timeoutMs: number): string {
  return String(Math.max(0, Math.min(longestMs, Math.floor(timeoutMs))) || 0);
}
