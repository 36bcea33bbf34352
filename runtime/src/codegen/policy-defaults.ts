// What the generator reads of the runtime's policy: for `explain`, and for contradictions with a default.
export { builtInPolicy, type BuiltInPolicy } from "../policy/built-in-policy.ts";
