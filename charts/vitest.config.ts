import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    name: 'charts',
    globalSetup: '../scripts/find-helm.mjs',
    testTimeout: 30_000,
    include: ['test/**/*.test.ts'],
  },
});
