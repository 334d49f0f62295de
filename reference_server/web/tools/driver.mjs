// Builds the page's part of the customer's script by itself, for the tests that drive it: `node tools/driver.mjs OUT`.
// With FILE, FROM and TO, a text of a source file is replaced first: a fault that a test must notice.
// `node tools/driver.mjs --replay OUT` builds the player to which the tests show what has left.
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";
import { slimRrweb } from "./slim.mjs";

const isReplay = process.argv[2] === "--replay";
const [out, file, from, to] = process.argv.slice(isReplay ? 3 : 2);

/** Replaces a text in one source file; it must be there exactly once. */
const fault = {
  name: "fault",
  setup(build) {
    build.onLoad({ filter: new RegExp(`src/page/${file}$`) }, async ({ path }) => {
      const parts = (await readFile(path, "utf8")).split(from);
      if (parts.length !== 2) throw new Error(`${file} has this ${parts.length - 1} times: ${from}`);
      return { contents: parts.join(to), loader: "ts" };
    });
  },
};

await esbuild.build({
  entryPoints: [fileURLToPath(new URL(`../test/page/${isReplay ? "replay" : "driver"}.ts`, import.meta.url))],
  outfile: out,
  bundle: true,
  format: "iife",
  target: ["chrome109", "firefox115", "safari16.4"],
  minify: true,
  logLevel: "warning",
  plugins: [...(isReplay ? [] : [slimRrweb]), ...(file === undefined ? [] : [fault])],
});
