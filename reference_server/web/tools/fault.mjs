// An esbuild plugin that replaces a text in one source file: a fault that a test must notice.  For builds into folders
// of their own, never for what is shipped.
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

const SOURCE = fileURLToPath(new URL("../src/", import.meta.url));

/** `file`: below src.  `text` must be there exactly once; `instead` stands in its place. */
export function fault(file, text, instead) {
  const path = SOURCE + file;
  return {
    name: "fault",
    setup(build) {
      build.onLoad({ filter: /\.ts$/ }, async (found) => {
        if (found.path !== path) return undefined;
        const parts = (await readFile(path, "utf8")).split(text);
        if (parts.length !== 2) throw new Error(`${file} has this ${parts.length - 1} times: ${text}`);
        return { contents: parts.join(instead), loader: "ts" };
      });
    },
  };
}
