/**
 * Calls a program's main file again and again in this process, as from terminals of several widths, and writes what each call wrote as a line
 * of JSON. A process of its own for each of some two hundred calls would take minutes.
 *
 *     main.ts ENTRY CALLS    CALLS: a JSON array of TerminalCall
 */
import { WriteStream } from 'node:tty';
import { pathToFileURL } from 'node:url';
import type { TerminalCall, TerminalText } from './terminal-call.ts';

const [entry = '', calls = '[]'] = process.argv.slice(2);
const answer = process.stdout.write.bind(process.stdout);
const url = pathToFileURL(entry).href;
let turn = 0;
for (const call of JSON.parse(calls) as TerminalCall[]) {
  let text = '';
  const write = (data: string | Uint8Array): boolean => {
    text += String(data);
    return true;
  };
  // Node's own judgement of colours, by the variables.
  const hasColors = (environment?: object): boolean => WriteStream.prototype.getColorDepth(environment) > 1;
  const terminal = { isTTY: true, columns: call.columns, hasColors };
  const pipe = { isTTY: false, columns: undefined, hasColors: undefined };
  const stream = { ...(call.columns === undefined ? pipe : terminal), write };
  for (const name of ['stdout', 'stderr'] as const) Object.assign(process[name], stream);
  if (call.isPlain) process.env['NO_COLOR'] = '1';
  else delete process.env['NO_COLOR'];
  process.argv = [process.execPath, entry, ...call.args];
  // A main file runs when it is read: each under an address of its own.
  turn += 1;
  await import(`${url}?${String(turn)}`);
  const { exitCode } = process;
  process.exitCode = 0;
  process.removeAllListeners();
  answer(`${JSON.stringify({ text, exitCode: Number(exitCode ?? 0) } satisfies TerminalText)}\n`);
}
