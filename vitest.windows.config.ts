import { defineConfig } from 'vitest/config';

/** bai-win as a Windows program: a real node.exe under Wine. */
export default defineConfig({
  test: {
    include: ['test/windows/**/*.test.ts'],
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 300_000,
  },
});
