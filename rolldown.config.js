/**
 * Puts the modules of `bai-win proxy` and `bai-win agent` together into a few CommonJS files. SSH clients
 * wait for the first to start at each connection, and Node takes longer to find and link seventy small
 * modules than all of them take to run; the second stays, and is smaller without the loader of modules:
 * docs/performance.md, "Start-up". Packages stay where they are.
 */
export default {
  input: ['dist/src/cli/proxy.js', 'dist/src/cli/agent.js'],
  platform: 'node',
  external: /^[a-z@](?!:)/,
  output: {
    dir: 'dist/bin/plain',
    cleanDir: true,
    format: 'cjs',
    entryFileNames: '[name].cjs',
    chunkFileNames: '[name]-[hash].cjs',
  },
};
