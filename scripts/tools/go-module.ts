import { runCommand } from '../run-command.ts';

/** The folder of a Go module (`path@version`), which is taken from the module proxy once. Throws an Error without Go or without it. */
export async function goModule(module: string): Promise<string> {
  const { code, output } = await runCommand({ program: 'go', args: ['mod', 'download', '-json', module] });
  const directory = code === 0 ? /"Dir": "([^"]+)"/u.exec(output)?.[1] : undefined;
  if (directory === undefined) throw new Error(`the module ${module} cannot be had: ${output.slice(0, 500)}`);
  return directory;
}
