import { defineConfig } from 'vitest/config';

/** Real client programs from Debian packages: puttygen, plink, psftp, sftp, dropbear, FileZilla. */
export default defineConfig({
  test: {
    include: ['test/clients/**/*.test.ts'],
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 300_000,
  },
});
