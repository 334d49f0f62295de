// Writes src/protocol/messages.gen.ts from the protocol's JSON Schema, so that the types cannot say one
// thing and the protocol another.  `--check` only says whether the file is fresh.
import { readFile, writeFile } from "node:fs/promises";
import { compile } from "json-schema-to-typescript";

const SCHEMA = new URL("../../../spec/protocol/cobrowse.v1.schema.json", import.meta.url);
const TYPES = new URL("../src/protocol/messages.gen.ts", import.meta.url);

const schema = JSON.parse(await readFile(SCHEMA, "utf8"));
const types = await compile(schema, "Message", {
  additionalProperties: false,
  bannerComment:
    "// The messages of cobrowse.v1 as types.  Made from spec/protocol by `npm run protocol`: do not edit.",
  unreachableDefinitions: true,
  format: false,
});
if (process.argv.includes("--check")) {
  const found = await readFile(TYPES, "utf8").catch(() => "");
  if (found !== types) {
    console.error("src/protocol/messages.gen.ts is not what the protocol says: run `npm run protocol`.");
    process.exit(1);
  }
} else {
  await writeFile(TYPES, types);
}
