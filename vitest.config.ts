import { defineConfig } from 'vitest/config';

/** Every test that needs no cluster. */
export default defineConfig({
  test: {
    projects: ['generator', 'services/inference', 'charts', 'bench'],
    reporters: ['default', './scripts/closing-line.mjs'],
  },
});
