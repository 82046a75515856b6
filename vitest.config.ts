// How the tests run: two projects, `unit` (beside the code) and `whole` (what crosses packages, in test/).
// Owns: worker and time limits for a machine with two cores. Does not own: what a test needs started.

import { fileURLToPath } from "node:url"
import { defineConfig } from "vitest/config"

const installed = ["**/node_modules/**"]

export default defineConfig({
  test: {
    pool: "forks",
    // Tests wait more than they compute: for servers, leases and clocks. More than cores keep both cores busy.
    maxWorkers: 4,
    // Files of one worker share their modules, which are pure or hold no state: loading them anew took half of the unit tests' time.
    isolate: false,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // For the programs that tests start with their own environment (test/support/compile-cache.ts).
    env: { NODE_COMPILE_CACHE: fileURLToPath(new URL(".cache/compile", import.meta.url)) },
    passWithNoTests: false,
    projects: [
      {
        extends: true,
        test: { name: "unit", include: ["**/*.test.ts"], exclude: [...installed, "test/**"] },
      },
      {
        extends: true,
        test: { name: "whole", include: ["test/**/*.test.ts"], exclude: installed },
      },
    ],
  },
})
