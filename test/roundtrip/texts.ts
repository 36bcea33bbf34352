import type { Schema } from "../../generator/src/model/schema.ts";
import { largest, matches, smallest } from "./facets.ts";
import { patternTexts } from "./patterns.ts";
import { isItem, type Place } from "./place.ts";
import type { Random } from "./random.ts";

const words = ["", " ", "a", "order 7", "Zoë", "日本語", "😀👍🏽", "0", "-1", "1e3", "true", "null", "NaN", "__proto__"];
const nasty = ["/?#[]@", "%&=+;,", "%2F%00", '"quoted"', "back\\slash", "a/b c?d", "x=1&y=2", "..", "~1~0", "<b>'</b>"];
const odd = ["\u0000\u0001\u001f", "line\r\nbreak", "\ttab", "\u2028\u2029\ufeff", "é", "\u{10ffff}", "ﷺ"];
const letters = "abcxyzABC019 -_.~!*'()/?#%&=+;,\"\\<>[]{}|^`@:$éßñ中あ😀";
const plain = "abcdefghijklmnopqrstuvwxyzABCXYZ0123456789";
const ascii = " !\"#$%&'()*+-./0123456789:;<=>?@ABCXYZ[\\]^_`abcxyz{|}~";

/** A string that these schemas allow, for the place where it goes; undefined when none was found. */
export function drawText(all: readonly Schema[], place: Place, random: Random): string | undefined {
  const low = largest(all, "minLength") ?? 0;
  const high = smallest(all, "maxLength") ?? Infinity;
  if (low > high) return undefined;
  const patterns = all.flatMap(({ pattern }) => (pattern === undefined ? [] : [pattern]));
  const formats = all.flatMap(({ format }) => (format === undefined ? [] : [format]));
  const fits = (text: string): boolean => {
    if (!isCarried(text, place)) return false;
    const length = [...text].length;
    return length >= low && length <= high && patterns.every((pattern) => matches(pattern, text));
  };
  const makers = makersOf(all, { patterns, formats, low, high, place });
  const tries = patterns.length > 0 ? 60 : 12;
  for (let at = 0; at < tries; at++) {
    // The last tries take the other makers, so that a pattern beside a format is met by either.
    const make = makers[Math.floor((at * makers.length) / tries)];
    const text = make?.(random, at);
    if (text !== undefined && fits(text)) return text;
  }
  return examplesOf(all).find(fits);
}

type Maker = (random: Random, round: number) => string | undefined;

function makersOf(
  all: readonly Schema[],
  rules: {
    readonly patterns: readonly string[];
    readonly formats: readonly string[];
    readonly low: number;
    readonly high: number;
    readonly place: Place;
  },
): readonly Maker[] {
  const { patterns, formats, low, high, place } = rules;
  const makers: Maker[] = [];
  for (const format of formats) {
    const make = Object.hasOwn(formatTexts, format) ? formatTexts[format] : undefined;
    if (make !== undefined) makers.push(make);
  }
  for (const pattern of patterns) {
    const make = patternTexts(pattern);
    // Short first, then as long as the least length asks for.
    if (make !== undefined) makers.push((random, round) => make(random, round % 2 === 0 ? 6 : Math.max(low, 12)));
  }
  if (makers.length === 0 || patterns.length > 0) makers.push((random) => freeText(random, { low, high, place }));
  return makers;
}

function freeText(random: Random, { low, high, place }: { low: number; high: number; place: Place }): string {
  const list = place.kind === "header" ? [...words.slice(2, 4), ...nasty] : [...words, ...nasty, ...odd];
  if (random.chance(0.35)) {
    const word = random.pick(list);
    if ([...word].length >= low && [...word].length <= high) return word;
  }
  const characters = place.charset === "plain" ? plain : place.charset === "ascii" ? ascii : letters;
  const list2 = [...characters];
  const count = random.whole(low, Math.min(high, low + (random.chance(0.1) ? 60 : 10)));
  let text = "";
  for (let at = 0; at < count; at++) text += random.pick(list2);
  return text;
}

/** Whether the place can hold a text at all: what it can't is refused before anything is sent. */
export function isCarried(text: string, place: Place): boolean {
  if (!text.isWellFormed()) return false;
  if (place.charset === "plain" && !/^[A-Za-z0-9]*$/.test(text)) return false;
  // "%2F" stays as it is where reserved characters are let through (RFC 6570 section 3.2.3).
  if (place.keepsTriples === true && /%[0-9a-fA-F]{2}/.test(text)) return false;
  if (isItem(place) && place.itemsWithout?.test(text) === true) return false;
  switch (place.kind) {
    case "path":
      return text !== "" && !/^\.{1,2}$/.test(text);
    case "header":
      return /^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/.test(text) && (!isItem(place) || !/[,=]/.test(text));
    case "cookie":
      // The style "cookie" escapes nothing (OpenAPI 3.2).
      return place.charset !== "ascii" || /^[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]*$/.test(text);
    case "event":
      return !/[\r\n\0]/.test(text);
    default:
      return true;
  }
}

function examplesOf(all: readonly Schema[]): readonly string[] {
  return all
    .flatMap((schema) => [...(schema.examples ?? []), ...(schema.default === undefined ? [] : [schema.default.value])])
    .filter((value) => typeof value === "string");
}

const two = (value: number): string => String(value).padStart(2, "0");
const date: Maker = (random) => `${random.whole(1000, 9999)}-${two(random.whole(1, 12))}-${two(random.whole(1, 28))}`;
const time: Maker = (random) =>
  `${two(random.whole(0, 23))}:${two(random.whole(0, 59))}:${two(random.whole(0, 59))}` +
  random.pick(["Z", "z", ".5Z", ".123456+05:30", "-08:00"]);
const hex = (random: Random, count: number): string =>
  Array.from({ length: count }, () => random.pick([..."0123456789abcdef"])).join("");
const host: Maker = (random) =>
  random.pick(["example.com", "a-b.example", "localhost", "xn--bcher-kva.example", `h${random.whole(0, 999)}.test`]);
const uri: Maker = (random) =>
  random.pick([
    "https://example.com/a?b=c&d=%20#e",
    "urn:isbn:0451450523",
    "mailto:a@example.com",
    "https://[::1]:8080/",
  ]);
const ipv4: Maker = (random) => Array.from({ length: 4 }, () => random.whole(0, 255)).join(".");
const ipv6: Maker = (random) => random.pick(["::", "::1", "2001:db8::8a2e:370:7334", "::ffff:192.0.2.128"]);

/** Texts of the formats that contracts name, asserted by validators or not. */
const formatTexts: Readonly<Record<string, Maker>> = {
  date,
  time,
  "date-time": (random, round) => `${date(random, round)}T${time(random, round)}`,
  duration: (random) => random.pick(["P1Y2M3DT4H5M6S", "PT0S", "P3W"]),
  uuid: (random) => `${hex(random, 8)}-${hex(random, 4)}-4${hex(random, 3)}-a${hex(random, 3)}-${hex(random, 12)}`,
  email: (random) => `${random.pick(["a", "first.last", "o'brien", "a+b"])}@example.com`,
  "idn-email": () => "zoë@example.com",
  hostname: host,
  "idn-hostname": host,
  ipv4,
  ipv6,
  ip: ipv4,
  uri,
  url: uri,
  iri: uri,
  "uri-reference": (random) => random.pick(["../a?b#c", "/x", "https://example.com/"]),
  "iri-reference": () => "../é",
  "uri-template": () => "https://example.com/{id}{?q*}",
  "json-pointer": () => "/a~1b/0",
  "relative-json-pointer": () => "1/a",
  regex: () => "^a+$",
  base64url: () => "aGk_",
  byte: (random) => random.pick(["aGk=", "AAEC", ""]),
  int64: (random) => String(random.whole(-1e6, 1e6)),
  int32: (random) => String(random.whole(-1e6, 1e6)),
  decimal: (random) => `${random.whole(-99, 99)}.5`,
};
