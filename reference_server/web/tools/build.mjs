// Builds what browsers load into ../cobrowse_server/static, from which the server serves it and the wheel
// carries it.  `--watch` builds again on every change.  `--out FOLDER` builds somewhere else; only there, and only with
// `--fault FILE TEXT INSTEAD …`, something is wrong with what is built.
import { cp, mkdir, readdir, rename, rm } from "node:fs/promises";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import * as esbuild from "esbuild";
import { fault } from "./fault.mjs";
import { slimRrweb } from "./slim.mjs";

const { values: given, positionals } = parseArgs({
  options: { watch: { type: "boolean" }, out: { type: "string" }, fault: { type: "boolean" } },
  allowPositionals: true,
});
if (given.fault && (given.out === undefined || positionals.length === 0 || positionals.length % 3 !== 0))
  throw new Error("--fault needs --out FOLDER, and FILE, TEXT and INSTEAD");

const SOURCE = new URL("../src/", import.meta.url);
const SHIPPED = new URL("../../cobrowse_server/static/", import.meta.url);
const OUT = given.out === undefined ? SHIPPED : pathToFileURL(`${given.out}/`);
const watching = given.watch === true;
/** Built beside it and put in its place when done, so that a server that starts meanwhile finds all or nothing. */
const BUILT = watching ? OUT : new URL(`../${OUT.pathname.split("/").at(-2)}.${process.pid}/`, OUT);

/** Each bundle: the script that a page loads, and where its source begins. */
const BUNDLES = {
  cobrowse: "customer/main.ts", // the customer's script: the one tag on a company's site
  workspace: "workspace/main.ts", // the agent's workspace
  view: "view/main.ts", // the frame in it that shows the mirror, on an origin of its own
};

/** Folders whose pages and styles go beside the bundles as they are. */
const PAGES = ["workspace", "view"];

const options = {
  entryPoints: Object.fromEntries(
    Object.entries(BUNDLES).map(([name, path]) => [name, fileURLToPath(new URL(path, SOURCE))]),
  ),
  outdir: fileURLToPath(BUILT),
  bundle: true,
  plugins: [slimRrweb, ...(given.fault ? [fault(...positionals)] : [])],
  format: "iife",
  target: ["chrome109", "firefox115", "safari16.4"],
  minify: true,
  sourcemap: "linked",
  sourcesContent: false,
  legalComments: "linked",
  loader: { ".svg": "text" },
  logLevel: given.out === undefined ? "info" : "warning",
};

async function copyPages() {
  for (const folder of PAGES) {
    const files = await readdir(new URL(`${folder}/`, SOURCE));
    for (const file of files.filter((name) => /\.(html|css|svg)$/.test(name))) {
      await cp(new URL(`${folder}/${file}`, SOURCE), new URL(file, BUILT));
    }
  }
}

await rm(BUILT, { recursive: true, force: true });
await mkdir(BUILT, { recursive: true });
await copyPages();
if (watching) {
  const context = await esbuild.context(options);
  await context.watch();
} else {
  try {
    await esbuild.build(options);
    await rm(OUT, { recursive: true, force: true });
    await rename(BUILT, OUT);
  } finally {
    await rm(BUILT, { recursive: true, force: true });
  }
}
