// How the unit tests run.
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    // A bound for what hangs, not for what is slow: tests share their machine with others.
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
