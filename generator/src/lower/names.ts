/** Every word of a text with a capital first letter, joined: `pet-store v1` becomes `PetStoreV1`. All scripts count. */
export function toPascal(text: string): string {
  return wordsOf(text)
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join("");
}

/** As `toPascal`, with a small first letter. */
export function toCamel(text: string): string {
  const pascal = toPascal(text);
  return pascal.charAt(0).toLowerCase() + pascal.slice(1);
}

/** A name for an operation that has none, from its method and path: `GET /pets/{petId}` becomes `getPetsByPetId`. */
export function deriveOperationName(method: string, path: string): string {
  const words = path
    .split("/")
    .filter((segment) => segment !== "")
    .map((segment) => segment.replace(/\{([^{}]*)\}/g, (_whole, name: string) => ` by ${name} `));
  return method.toLowerCase() + toPascal(words.join(" "));
}

/**
 * The full name of a service, from the document's path and title: `payments/v1/openapi.yaml` titled `Payments` is
 * `payments.v1.Payments`. A title without any letter or digit counts as absent; then the file's name serves.
 */
export function serviceFullName(path: string, title: string): string {
  const folders = path
    .split("/")
    .slice(0, -1)
    .map((folder) => wordsOf(folder).join("_"))
    .filter((folder) => folder !== "");
  const own = toPascal(title) || toPascal(fileName(path)) || "Service";
  return [...folders, own].join(".");
}

/** The file's name without folders and without its format's extension: `models/action.schema.json` is `action`. */
export function fileName(path: string): string {
  const last = path.slice(path.lastIndexOf("/") + 1);
  return last.replace(/\.(?:json|ya?ml|avsc)$/i, "").replace(/\.schema$/i, "") || last;
}

/**
 * The name of the schema at a JSON Pointer: the component key where there is one, the file's name for a whole file, and
 * otherwise the pointer read aloud: `/paths/~1pets/get/responses/200/...` is `GetPets200Response`. With `full`, parts
 * that are usually left out (media types) are kept; it serves where two short names of a file are equal.
 */
export function schemaName(path: string, pointer: string, full: boolean = false): string {
  if (pointer === "") return fileName(path);
  const words = readAloud(pointer.split("/").slice(1).map(unescapeSegment), full);
  const [first, ...rest] = words;
  if (first === undefined) return fileName(path) + toPascal(pointer);
  return rest.length === 0 ? first : toPascalKeepingFirst(first) + rest.map(toPascal).join("");
}

/** A segment of a JSON Pointer as the key it stands for (RFC 6901 section 4). */
export function unescapeSegment(segment: string): string {
  return segment.includes("~") ? segment.replaceAll("~1", "/").replaceAll("~0", "~") : segment;
}

/** A key as a segment of a JSON Pointer. */
export function escapeSegment(key: string): string {
  return key.includes("~") || key.includes("/") ? key.replaceAll("~", "~0").replaceAll("/", "~1") : key;
}

/** Containers whose next segment is a name; the value is what the name is followed by. */
const namedContainers: ReadonlyMap<string, string> = new Map([
  ["schemas", ""],
  ["definitions", ""],
  ["$defs", ""],
  ["properties", ""],
  ["patternProperties", ""],
  ["callbacks", ""],
  ["webhooks", ""],
  ["channels", ""],
  ["operations", ""],
  ["pathItems", ""],
  ["mediaTypes", ""],
  ["dependentSchemas", ""],
  ["responses", "Response"],
  ["parameters", "Parameter"],
  ["headers", "Header"],
  ["requestBodies", "Body"],
  ["messages", ""],
  ["messageTraits", ""],
  ["correlationIds", ""],
]);

/** Single segments and the word they are read as; an empty one is left out. */
const singleWords: ReadonlyMap<string, string> = new Map([
  ["components", ""],
  ["schema", ""],
  ["items", "Item"],
  ["additionalProperties", "Value"],
  ["requestBody", "Body"],
  ["unevaluatedProperties", "Value"],
  ["itemSchema", "Item"],
]);

function readAloud(segments: readonly string[], full: boolean): readonly string[] {
  const words: string[] = [];
  for (let index = 0; index < segments.length; index++) {
    const segment = segments[index] ?? "";
    const next = segments[index + 1];
    const suffix = namedContainers.get(segment);
    if (suffix !== undefined && next !== undefined) {
      words.push(next);
      if (suffix !== "" && !next.toLowerCase().endsWith(suffix.toLowerCase())) words.push(suffix);
      index++;
    } else if (segment === "paths" && next !== undefined) {
      words.push(deriveOperationName(segments[index + 2] ?? "", next));
      index += 2;
    } else if (segment === "content" && next !== undefined) {
      if (full) words.push(next);
      index++;
    } else {
      const word = singleWords.get(segment) ?? segment;
      if (word !== "") words.push(word);
    }
  }
  return words;
}

function toPascalKeepingFirst(word: string): string {
  return toPascal(word) || word;
}

function wordsOf(text: string): readonly string[] {
  return text.replace(/['’]/g, "").match(/[\p{L}\p{N}\p{M}]+/gu) ?? [];
}
