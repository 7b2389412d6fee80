import { defineConfig } from 'vitest/config';

/** The tests run what the build left in dist/: vitest does not compile the decorators of Nest. */
export default defineConfig({
  test: { name: 'inference', include: ['test/**/*.test.ts'], testTimeout: 60_000, hookTimeout: 60_000 },
});
