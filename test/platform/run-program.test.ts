import { expect, test } from 'vitest';
import { runProgram } from '../../src/platform/run-program.js';

const node = (script: string, ...args: string[]) =>
  runProgram(process.execPath, ['-e', script, ...args]);

test('gives exit code and raw output; arguments pass as they are', async () => {
  const args = ['a "b" c', '%PATH%', '한글 $HOME', '\\'];
  const script =
    'process.stdout.write(JSON.stringify(process.argv.slice(1))); process.stderr.write(Buffer.from([0xb0, 0xa1])); process.exitCode = 3';
  const result = await node(script, ...args);
  expect(JSON.parse(result.stdout.toString())).toEqual(args);
  expect(result.stderr).toEqual(Buffer.from([0xb0, 0xa1]));
  expect(result.exitCode).toBe(3);
});

test('a program that is not there is told', async () => {
  await expect(runProgram('/no/such/program', [])).rejects.toMatchObject({
    code: 'program-not-started',
  });
});

test('a program that was killed is told', async () => {
  await expect(node('process.kill(process.pid, "SIGKILL")')).rejects.toMatchObject({
    code: 'program-killed',
  });
});

test('a program that talks without end is stopped', async () => {
  const endless = 'const f = () => process.stdout.write(Buffer.alloc(65536), f); f()';
  await expect(node(endless)).rejects.toMatchObject({ code: 'program-output-too-long' });
});
