import { createHeaders } from "../../../runtime/src/call/headers.ts";
import type { HttpParameter } from "../../../runtime/src/descriptor/http.ts";
import type { ValidationIssue } from "../../../runtime/src/descriptor/validate.ts";
import { serverLimits } from "../../../runtime/src/http/message.ts";
import { readParameters, writeParameters } from "../../../runtime/src/http/parameters.ts";

/** What a client writes of one parameter; empty when it writes nothing. */
export function write(each: HttpParameter, value: unknown): { text: string; issues: ValidationIssue[] } {
  const issues: ValidationIssue[] = [];
  const input = { [each.in]: each.in === "querystring" ? value : { [each.name]: value } };
  const { path, headers, cookie, query } = writeParameters([each], input, issues);
  const texts = { path: path.get(each.name), header: headers[0]?.[1], cookie, query, querystring: query };
  return { text: texts[each.in] ?? "", issues };
}

/** What a server reads of one parameter. */
export function read(each: HttpParameter, text: string): { value: unknown; issues: ValidationIssue[] } {
  const issues: ValidationIssue[] = [];
  const headers = createHeaders(
    each.in === "header" ? [[each.name, text]] : each.in === "cookie" ? [["cookie", text]] : [],
  );
  const path = new Map(each.in === "path" ? [[each.name, text]] : []);
  const query = each.in === "query" || each.in === "querystring" ? text : "";
  const input = readParameters([each], { path, headers, query }, { limits: serverLimits, issues, validate: true });
  return { value: each.in === "querystring" ? input.querystring : input[each.in]?.[each.name], issues };
}
