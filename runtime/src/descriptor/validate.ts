/**
 * One fault of a value against its schema.
 *
 * The pointer leads to a value that is there: for `required` and `dependentRequired` to the object that lacks the
 * property, for `additionalProperties`, `propertyNames` and `unevaluatedProperties` to the property itself, for `items`
 * and `unevaluatedItems` to the item, for `contains`, `uniqueItems` and all counts to the array or object. `anyOf` and
 * `oneOf` are one fault of the value, unless a discriminator or null tells which form was meant; its faults are shown.
 */
export interface ValidationIssue {
  /** JSON Pointer (RFC 6901) to the faulty value, from the root of what was validated. */
  readonly pointer: string;
  /** The JSON Schema keyword that failed, for example `maxLength`. */
  readonly keyword: string;
  /** What the schema asks for, for example `at most 10 characters`. */
  readonly expected: string;
}

/**
 * Generated check of one schema: true when `value` is valid.
 *
 * Without `issues` it stops at the first fault and allocates nothing; with it, up to 100 issues are pushed.
 */
export type Validator = (value: unknown, pointer?: string, issues?: ValidationIssue[]) => boolean;
