import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    name: 'generator',
    globalSetup: '../scripts/find-helm.mjs',
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    testTimeout: 30_000,
  },
});
