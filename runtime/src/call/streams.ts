import { untilCanceled, type CancelScope } from "../environment/cancel.ts";
import { abandonedError } from "./call-error.ts";

/** The next message, given up with the call, also when the source ignores its signal. */
export async function nextMessage<Message>(
  iterator: AsyncIterator<Message>,
  cancel: CancelScope,
): Promise<IteratorResult<Message>> {
  if (cancel.aborted) throw abandonedError(cancel.reason);
  return untilCanceled(iterator.next(), cancel, abandonedError);
}

/** Tells a source that nobody reads on. One that hangs, or fails at it, must not hold or trouble its reader. */
export async function leaveStream(iterator: AsyncIterator<unknown>): Promise<void> {
  try {
    await iterator.return?.();
  } catch {
    // Its reader has the outcome already: what goes wrong in leaving is nobody's news.
  }
}
