import type { JsonValue } from "../source/json.ts";

/** Something that a conversion moved: pointer tokens before and after. */
export interface Move {
  readonly from: readonly string[];
  readonly to: readonly string[];
}

const movesByRoot = new WeakMap<object, readonly Move[]>();

/** Notes what a conversion moved, so that pointers written for the old form still lead there. */
export function setMoves(root: object, moves: readonly Move[]): void {
  movesByRoot.set(root, moves);
}

/** The tokens of a pointer in the converted document; as they are when nothing was moved. The longest move wins. */
export function applyMoves(root: JsonValue, tokens: readonly string[]): readonly string[] {
  const moves = typeof root === "object" && root !== null ? movesByRoot.get(root) : undefined;
  let best: Move | undefined;
  for (const move of moves ?? []) {
    if (move.from.length <= (best?.from.length ?? 0)) continue;
    if (move.from.every((token, index) => token === tokens[index])) best = move;
  }
  return best === undefined ? tokens : [...best.to, ...tokens.slice(best.from.length)];
}
