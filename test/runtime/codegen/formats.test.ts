import assert from "node:assert/strict";
import { test } from "node:test";
import { stringFormats } from "../../../generator/src/emit/validate-formats.ts";
import { knownFormats } from "../../../generator/src/lower/schema-formats.ts";
import * as checks from "../../../runtime/src/codegen/v1/validate.ts";

type Check = (text: string) => boolean;

const checkOf = (format: string): Check => {
  const name = stringFormats[format]?.[0] ?? assert.fail(format);
  return checks[name as keyof typeof checks] as Check;
};

/** Texts that are of a format, and texts that are not. */
const table: Readonly<Record<string, readonly [good: readonly string[], bad: readonly string[]]>> = {
  "date-time": [
    ["2026-11-22T10:00:00Z", "2026-11-22t10:00:00.123456z", "2026-11-22T10:00:00+05:30", "1998-12-31T15:59:60.5-08:00"],
    ["2026-11-22", "2026-11-22T10:00:00", "2026-11-22T24:00:00Z", "2026-02-29T00:00:00Z", "1998-12-31T22:59:60Z", ""],
  ],
  date: [
    ["2024-02-29", "0000-01-01"],
    ["2023-02-29", "2026-13-01", "2026-1-1", "২026-01-01", "2026-11-22Z"],
  ],
  time: [
    ["08:30:06Z", "23:59:60+00:00", "01:29:60+01:30", "08:30:06.283185-23:59"],
    ["08:30Z", "23:59:61Z", "12:00:60Z", "08:30:06", "24:00:00Z", "08:30:06+24:00"],
  ],
  duration: [
    ["P1Y2M3DT4H5M6S", "PT0S", "P3W", "PT0.5S", "P4DT12H"],
    ["P", "PT", "1D", "P1D2H", "P2S", "P1W2D", "P1Y2D", "PT1H2S", "p1D", ""],
  ],
  uuid: [
    ["2EB8AA08-aa98-11ea-b4aa-73b441d16380", "00000000-0000-0000-0000-000000000000"],
    ["2eb8aa08aa9811eab4aa73b441d16380", "2eb8aa08-aa98-11ea-b4aa-73b441d1638", "{}"],
  ],
  email: [
    ["a@b.example", "first.last+tag@sub.example.com", '"joe bloggs"@example.com', "a@[127.0.0.1]", "a@[IPv6:::1]"],
    ["a", "@b.c", "a@", ".a@b.c", "a..b@c.d", "a b@c.d", "a@b_c.d", "a@[300.0.0.1]", "a@b@c.d", "zoë@example.com"],
  ],
  "idn-email": [
    ["zoë@example.com", "실례@실례.테스트"],
    ["2962", "a b@例え.jp"],
  ],
  hostname: [
    ["example.com", "localhost", "xn--4gbwdl.xn--wgbh1c", "a".repeat(63), "1.2"],
    ["-a.com", "a-.com", "a..b", "a_b", "a".repeat(64), ".", "", "a.", "ab--c", `${"a.".repeat(127)}`],
  ],
  "idn-hostname": [
    ["실례.테스트", "faß.example", "l·l"],
    ["〮실례.테스트", "-ü", "a·b", "üx--y"],
  ],
  ipv4: [
    ["127.0.0.1", "255.255.255.255"],
    ["256.0.0.1", "1.2.3", "1.2.3.04", "0x7f.0.0.1", "1.2.3.4\n", "1.2.3.4.5"],
  ],
  ipv6: [
    ["::", "::1", "2001:db8::8a2e:370:7334", "::ffff:192.0.2.128", "1:2:3:4:5:6:7:8"],
    ["1:2:3:4:5:6:7", "1::2::3", "12345::", "fe80::1%eth0", "::192.168.0.256", "1:2:3:4:5:6:7:8:9", ":", "::1/64"],
  ],
  uri: [
    ["https://user:pw@example.com:8080/a?b=c&d=%20#e", "urn:isbn:0451450523", "mailto:a@b.c", "ldap://[2001:db8::7]/c"],
    [
      "/relative",
      "//host/path",
      "http:// space.com",
      "http://[::1",
      "a b:c",
      "http://a/%zz",
      "http://a\\b",
      "://x",
      "http://a:x/",
    ],
  ],
  "uri-reference": [
    ["../a?b#c", "", "//host/x", "#f", "a:b"],
    ["\\\\host\\share", "a b", "#a\\b", "%"],
  ],
  iri: [
    ["http://ƒøø.ßår/?∂éœ=πîx#πîüx", "urn:é"],
    ["/âππ", "http://a b"],
  ],
  "iri-reference": [["âππ", "#ƒ"], ["\\é"]],
  "uri-template": [
    ["http://example.com/{term:1}/{?q*,lang}{#f}", "", "a'b", "{a.b}"],
    ["http://example.com/{term", "}", "{}", "{a b}", "{!x}", "a b", "{x:0}"],
  ],
  "json-pointer": [
    ["", "/a~1b/~0/0", "/"],
    ["a", "/~", "/~2", "#/a"],
  ],
  "relative-json-pointer": [
    ["0", "1/a~1b", "2#", "0-1/x"],
    ["/a", "-1/a", "01", "1a", "0##", ""],
  ],
  regex: [
    ["^a+$", "\\p{Lu}", "(?<x>a)\\k<x>"],
    ["(", "\\a", "a{2,1}", "(?i)a"],
  ],
  byte: [
    ["", "aGk=", "aGk", "AAEC", "QUJD\r\nREVG"],
    ["a", "a=", "a_b-", "aGk==", "=", "aGVsbG8===", "é"],
  ],
  base64url: [
    ["a_b-", "aGk", "aGk="],
    ["a+b/", "a"],
  ],
};

test("formats are told by their texts, not by looks", () => {
  for (const [format, [good, bad]] of Object.entries(table)) {
    const isOf = checkOf(format);
    assert.deepEqual(
      good.filter((text) => !isOf(text)),
      [],
      `${format} takes these`,
    );
    assert.deepEqual(bad.filter(isOf), [], `${format} refuses these`);
  }
});

test("every checked format is in the table and is a known one", () => {
  assert.deepEqual(Object.keys(stringFormats).sort(), Object.keys(table).sort());
  assert.deepEqual(
    Object.keys(stringFormats).filter((format) => !knownFormats.has(format)),
    [],
  );
});

test("a hundred thousand characters cost no format more than a moment", () => {
  const hostile = [
    "a",
    "1",
    "a.",
    "1.",
    ":",
    "::",
    "/",
    "%41",
    "{a}",
    "a@",
    "-",
    "(",
    "P1Y",
    "A=",
    "é",
    " ",
    "xn--",
    '"\\',
  ];
  for (const format of Object.keys(stringFormats)) {
    const isOf = checkOf(format);
    const startedAt = process.hrtime.bigint();
    for (const part of hostile) {
      const text = part.repeat(100_000 / part.length);
      for (const whole of [text, `http://${text}`, `a@${text}`, `${text}!`, `P${text}`]) isOf(whole);
    }
    assert.ok(process.hrtime.bigint() - startedAt < 1_500_000_000n, format);
  }
});

test("whole numbers have the bounds of their formats", () => {
  assert.deepEqual(
    [-1, 0, 255, 256, 1.5].map((value) => checks.isIntegerIn(value, 0, 255)),
    [false, true, true, false, false],
  );
  assert.equal(checks.isInt32(2 ** 31), false);
  assert.equal(checks.isInt64(2 ** 53), false);
});
