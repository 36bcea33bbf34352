/**
 * How JSON is read and written where it isn't the platform's own way. A value is parsed, perhaps in pieces, and then
 * settled as a whole; what `parse` gives for itself may have numbers in a form that `settle` alone knows.
 */
export interface JsonForm {
  /** @throws {SyntaxError} for text that is no JSON. */
  parse(text: string): unknown;
  settle(value: unknown): unknown;
  /** @throws {TypeError} for values that contain themselves. */
  write(value: unknown): string | undefined;
}
