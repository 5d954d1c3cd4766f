import { closestName } from '../config/unknown-variables.ts';

/** Node's words for a flag that is in no table: `Unknown option '--chrun'`, and more after a full stop. */
const UNKNOWN = /unknown option '(--[^']+)'/iu;

/** What `parseArgs` said of the arguments, with the flag that was meant where one of `names` (without dashes) is a keystroke or two away. */
export function withMeantFlag(sentence: string, names: readonly string[]): string {
  const [, given] = UNKNOWN.exec(sentence) ?? [];
  if (given === undefined) return sentence;
  const flags = names.map((name) => `--${name}`);
  const meant = closestName(given, flags);
  return meant === undefined ? sentence : `${sentence}: did you mean ${meant}?`;
}
