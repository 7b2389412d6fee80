import { defineConfig } from 'vitest/config';

/** Tests on a real cluster: one file after the other, since all of them install into the same cluster. */
export default defineConfig({
  test: {
    name: 'e2e',
    root: import.meta.dirname,
    globalSetup: './setup.ts',
    fileParallelism: false,
    sequence: { concurrent: false },
    testTimeout: 600_000,
    hookTimeout: 600_000,
    bail: 1,
    reporters: ['verbose', '../scripts/closing-line.mjs'],
  },
});
