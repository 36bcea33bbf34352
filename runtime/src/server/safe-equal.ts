import { createHash, timingSafeEqual } from "node:crypto";

/**
 * Whether two secrets are equal, in a time that tells nothing of where they differ, nor of the length of either one:
 * what is compared are digests of one length. Texts are compared as UTF-8.
 */
export function safeEqual(left: string | Uint8Array, right: string | Uint8Array): boolean {
  return timingSafeEqual(digest(left), digest(right));
}

function digest(secret: string | Uint8Array): Buffer {
  return createHash("sha256").update(secret).digest();
}
