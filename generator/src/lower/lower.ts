import { dedupeDiagnostics } from "../diagnostics/dedupe.ts";
import type { Diagnostic, Outcome } from "../diagnostics/diagnostic.ts";
import type { Loaded } from "../load/loaded.ts";
import type { Contract, Model } from "../model/model.ts";
import type { PolicyLayer } from "../policy/layers.ts";
import { checkOverrides, matchOverrides } from "../policy/policy-file.ts";
import { lowerAsyncApi } from "./asyncapi.ts";
import { createAvroNames } from "./avro-names.ts";
import { lowerAvro } from "./avro.ts";
import { markFileParts } from "./file-parts.ts";
import { markInt64 } from "./int64.ts";
import type { Lowering, LowerOptions } from "./lowering.ts";
import { lowerOpenApi } from "./openapi.ts";
import { settlePagination } from "./pagination.ts";
import { lowerProtos } from "./proto.ts";
import { lowerSchemaFiles } from "./schema-files.ts";
import { createSchemaLowering } from "./schema.ts";
import { createViews } from "./views.ts";

/** One entry a contract kind; each lowers all of its documents. */
const lowerings: readonly Lowering[] = [lowerProtoFiles, lowerOpenApi, lowerAsyncApi, lowerSchemaFiles];

/** Brings all loaded contracts into the one model; contracts are sorted by path, named types by place. */
export function lower(loaded: Loaded, given: LowerOptions): Outcome<Model> {
  const overridesFor = (operation: string): readonly PolicyLayer[] => matchOverrides(loaded.documents, operation);
  const options: LowerOptions = { overridesFor, ...given };
  const diagnostics: Diagnostic[] = [...checkOverrides(loaded.documents)];
  const report = (diagnostic: Diagnostic): void => {
    diagnostics.push(diagnostic);
  };
  const avro = createAvroNames(loaded);
  const schemas = createSchemaLowering(loaded, {
    report,
    foreign: {
      avro: ({ value, document }, _at, define) => lowerAvro(value, { document, names: avro, define, report }),
    },
  });
  const input = { loaded, options, schemas, avro, report };
  const contracts: Contract[] = lowerings.flatMap((lowering) => lowering(input));
  contracts.sort((left, right) => (left.path < right.path ? -1 : left.path > right.path ? 1 : 0));
  const paged = settlePagination({ contracts, types: schemas.finish() }, report);
  const viewed = markFileParts(createViews(paged));
  const model = options.int64 === "bigint" ? markInt64(viewed, report) : viewed;
  return { value: model, diagnostics: dedupeDiagnostics(diagnostics) };
}

function lowerProtoFiles({ loaded, options, report }: Parameters<Lowering>[0]): readonly Contract[] {
  if (loaded.protos === undefined) return [];
  const { value, diagnostics } = lowerProtos(loaded.protos, options);
  for (const diagnostic of diagnostics) report(diagnostic);
  return value;
}
