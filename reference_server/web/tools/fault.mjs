// An esbuild plugin that replaces texts in source files: a fault that a test must notice.  For builds into folders
// of their own, never for what is shipped.
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

const SOURCE = fileURLToPath(new URL("../src/", import.meta.url));

/** `edits`: FILE below src, TEXT that must be there exactly once, INSTEAD in its place; and so on. */
export function fault(...edits) {
  const files = new Map();
  for (let at = 0; at < edits.length; at += 3) {
    const path = SOURCE + edits[at];
    files.set(path, [...(files.get(path) ?? []), [edits[at + 1], edits[at + 2]]]);
  }
  return {
    name: "fault",
    setup(build) {
      const applied = new Set();
      build.onLoad({ filter: /\.ts$/ }, async ({ path }) => {
        if (!files.has(path)) return undefined;
        applied.add(path);
        let source = await readFile(path, "utf8");
        for (const [text, instead] of files.get(path)) {
          const parts = source.split(text);
          if (parts.length !== 2) throw new Error(`${path} has this ${parts.length - 1} times: ${text}`);
          source = parts.join(instead);
        }
        return { contents: source, loader: "ts" };
      });
      build.onEnd(() => {
        const missing = [...files.keys()].filter((path) => !applied.has(path));
        if (missing.length > 0) throw new Error(`nothing that is built is made of ${missing.join(", ")}`);
      });
    },
  };
}
