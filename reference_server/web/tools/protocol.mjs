// Writes what of the protocol is made from its JSON Schema, so that types and checks cannot say one thing and
// the protocol another: src/protocol/messages.gen.ts (types) and shapes.gen.ts (what a client checks what
// arrives by).  `--check` only says whether the files are fresh.
import { readFile, writeFile } from "node:fs/promises";
import { compile } from "json-schema-to-typescript";

const SCHEMA = new URL("../../../spec/protocol/cobrowse.v1.schema.json", import.meta.url);
const OUT = new URL("../src/protocol/", import.meta.url);
const SAYS = "Made from spec/protocol by `npm run protocol`: do not edit.";
/** What every client gets from a server. */
const ROOT = "ToParty";
/** Words for people, which no check needs. */
const WORDS = new Set(["title", "description"]);

const schema = JSON.parse(await readFile(SCHEMA, "utf8"));

async function types() {
  return compile(schema, "Message", {
    additionalProperties: false,
    bannerComment: `// The messages of cobrowse.v1 as types.  ${SAYS}`,
    unreachableDefinitions: true,
    format: false,
  });
}

/** The definitions that the root needs, without words: names of properties are never taken for words. */
function shapes() {
  const kept = new Map();
  const pending = [ROOT];
  const bare = (node) => {
    if (Array.isArray(node)) return node.map(bare);
    if (node === null || typeof node !== "object") return node;
    const entries = Object.entries(node).filter(([key]) => !WORDS.has(key));
    return Object.fromEntries(
      entries.map(([key, value]) => {
        if (key === "$ref") {
          const name = value.replace("#/$defs/", "");
          pending.push(name);
          return [key, name];
        }
        if (key === "default") return [key, value];
        if (key === "properties") {
          return [key, Object.fromEntries(Object.entries(value).map(([name, shape]) => [name, bare(shape)]))];
        }
        return [key, bare(value)];
      }),
    );
  };
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    if (!kept.has(name)) kept.set(name, bare(schema.$defs[name]));
  }
  const lines = [...kept].sort().map(([name, shape]) => `  ${name}: ${JSON.stringify(shape)},`);
  return [
    `// The shapes of what a server sends, to be checked by ./decode.  ${SAYS}`,
    "",
    'import type { Shape } from "./decode";',
    "",
    "export const SHAPES: Readonly<Record<string, Shape>> = {",
    ...lines,
    "};",
    "",
  ].join("\n");
}

for (const [name, text] of Object.entries({ "messages.gen.ts": await types(), "shapes.gen.ts": shapes() })) {
  const file = new URL(name, OUT);
  if (!process.argv.includes("--check")) {
    await writeFile(file, text);
  } else if ((await readFile(file, "utf8").catch(() => "")) !== text) {
    console.error(`src/protocol/${name} is not what the protocol says: run \`npm run protocol\`.`);
    process.exitCode = 1;
  }
}
