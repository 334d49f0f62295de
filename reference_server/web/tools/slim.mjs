// rrweb brings postcss (twice), which only its player uses, but in a form from which a bundler cannot tell that it may
// leave it out.  This plugin says so: of a bundle that only records, 30 KB less, gzipped.
import { readFile } from "node:fs/promises";

/** What keeps postcss in a bundle that does not use it, and the same, marked as free of side effects. */
const MARKS = [
  [
    /(__toESM(?:\$\d+)?)\(\(\/\* @__PURE__ \*\/ __commonJSMin/g,
    "$1(/* @__PURE__ */ (/* @__PURE__ */ __commonJSMin",
  ],
  [/^import_postcss(?:\$\d+)?\.default\.\w+;$/gm, ""],
  [
    /^var (postcss_default(?:\$\d+)?) = (import_postcss(?:\$\d+)?\.default);$/gm,
    "var $1 = /* @__PURE__ */ (() => $2)();",
  ],
];

/** An esbuild plugin; it fails if rrweb has come to look different, so that nobody ships the rest unawares. */
export const slimRrweb = {
  name: "slim-rrweb",
  setup(build) {
    build.onLoad({ filter: /rrweb[\\/]dist[\\/]rrweb\.js$/ }, async ({ path }) => {
      const source = await readFile(path, "utf8");
      for (const [pattern] of MARKS)
        if (!source.match(pattern)) throw new Error(`rrweb has changed: no ${pattern}`);
      return {
        contents: MARKS.reduce((text, [pattern, marked]) => text.replaceAll(pattern, marked), source),
        loader: "js",
      };
    });
  },
};
