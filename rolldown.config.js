/**
 * Puts the modules of `bai-win proxy` together into a few CommonJS files. SSH clients wait for it to
 * start at each connection, and Node takes longer to find and link seventy small modules than all of
 * them take to run: docs/performance.md, "Start-up". Packages stay where they are.
 */
export default {
  input: 'dist/src/cli/proxy.js',
  platform: 'node',
  external: /^[a-z@](?!:)/,
  output: {
    dir: 'dist/bin/proxy',
    cleanDir: true,
    format: 'cjs',
    entryFileNames: '[name].cjs',
    chunkFileNames: '[name]-[hash].cjs',
  },
};
