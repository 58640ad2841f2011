import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const PROJECT = fileURLToPath(new URL('..', import.meta.url));

/**
 * Turns a script for a child process, and what it imports of ours, into JavaScript, so that the child
 * starts fast and with Node alone.
 *
 * @param script path from the project's folder, `test/…/….ts`
 * @param folder where the JavaScript goes
 * @returns path of the script there
 */
export async function compileChild(script: string, folder: string): Promise<string> {
  const seen = new Set<string>();
  const visit = async (source: string): Promise<void> => {
    if (seen.has(source)) return;
    seen.add(source);
    const text = await readFile(source, 'utf8');
    const { outputText } = ts.transpileModule(text, {
      compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2023 },
    });
    const target = join(folder, relative(PROJECT, source)).replace(/\.ts$/, '.js');
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, outputText);
    for (const [, name = ''] of outputText.matchAll(/from '(\.[^']+)\.js'/g)) {
      await visit(join(dirname(source), `${name}.ts`));
    }
  };
  await visit(join(PROJECT, script));
  await writeFile(join(folder, 'package.json'), '{"type":"module"}');
  return join(folder, script.replace(/\.ts$/, '.js'));
}
