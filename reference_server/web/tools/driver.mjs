// Builds the page's part of the customer's script by itself, for the tests that drive it: `node tools/driver.mjs OUT`.
// With FILE, FROM and TO, a text of a source file is replaced first: a fault that a test must notice.
// `node tools/driver.mjs --replay OUT` builds the player to which the tests show what has left.
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";
import { fault } from "./fault.mjs";
import { slimRrweb } from "./slim.mjs";

const isReplay = process.argv[2] === "--replay";
const [out, file, from, to] = process.argv.slice(isReplay ? 3 : 2);

await esbuild.build({
  entryPoints: [fileURLToPath(new URL(`../test/page/${isReplay ? "replay" : "driver"}.ts`, import.meta.url))],
  outfile: out,
  bundle: true,
  format: "iife",
  target: ["chrome109", "firefox115", "safari16.4"],
  minify: true,
  logLevel: "warning",
  plugins: [...(isReplay ? [] : [slimRrweb]), ...(file === undefined ? [] : [fault(file, from, to)])],
});
