import { defineConfig } from 'vitest/config';

/** The tests that need nothing but Node. The real programs have suites of their own. */
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/clients/**', 'test/windows/**'],
    // Many tests wait for programs that they start; Vitest would leave one core idle.
    maxWorkers: '100%',
    // Generous, because many tests start programs and make RSA keys, and machines can be busy.
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
