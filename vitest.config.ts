import { defineConfig } from 'vitest/config';

/** The tests that need nothing but Node. The real programs have suites of their own. */
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/clients/**', 'test/windows/**'],
    testTimeout: 20_000,
  },
});
