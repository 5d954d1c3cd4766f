import { assert, CastaiError, describeError } from '../errors.ts';
import type { ConfigOf, OptionSpec, OptionTable, SecretSource, SecretSpec } from './option-table.ts';
import { parseOption } from './parse-option.ts';
import { Secret } from './secret.ts';
import { findUnknownVariables } from './unknown-variables.ts';

/**
 * Finds what no single option can be blamed for, a line each: what is wrong, and behind a colon what to do. Options that are unusable
 * by themselves are missing from what it is given.
 */
export type CombinationCheck<T extends OptionTable> = (config: Partial<ConfigOf<T>>) => readonly string[];

/** Where options are read from; handed in, because only main files touch `process` and the disk of a test is its own. */
export interface OptionSource {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The text of a file; throws when it cannot be read. */
  readonly readFile: (path: string) => string;
  /** Variables that start like this are ours: an unknown one gets a warning. */
  readonly prefixes?: readonly string[];
  /** Variables that are read elsewhere, so that nobody warns about them. */
  readonly otherVariables?: readonly string[];
}

/** A config and what the operator should hear about the environment that gave it. */
export interface ParsedOptions<T extends OptionTable> {
  readonly config: ConfigOf<T>;
  /** About variables that nobody reads although they look like ours. */
  readonly warnings: readonly string[];
}

type Value = string | number | boolean | URL | readonly string[] | SecretSource | undefined;
type Outcome = { readonly value: Value } | { readonly problem: string };

/**
 * Reads all options of a program once, into a frozen object.
 *
 * A variable that is empty or blank counts as unset, which is how charts render values that were not given. Throws one
 * `CONFIG_INVALID` that lists every problem, so that an operator corrects them in one go; a value is shown unless it is secret.
 */
export function parseOptions<const T extends OptionTable>(
  table: T,
  source: OptionSource,
  check: CombinationCheck<T> = () => [],
): ParsedOptions<T> {
  const values: Record<string, Value> = {};
  const problems: string[] = [];
  for (const [name, spec] of Object.entries<OptionSpec>(table)) {
    const outcome = spec.kind === 'secret' ? readSecret(spec, source) : readValue(spec, source);
    if ('problem' in outcome) problems.push(outcome.problem);
    else values[name] = outcome.value;
  }
  // The one place where the types of a table are tied to what its parsers give: each kind's parser returns its `ValueOf`.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  const config = Object.freeze(values) as ConfigOf<T>;
  problems.push(...check(config));
  const warnings = findUnknownVariables(setVariables(source.environment), {
    names: [...Object.values(table).flatMap(variablesOf), ...(source.otherVariables ?? [])],
    prefixes: source.prefixes ?? [],
  });
  if (problems.length > 0) throw invalid([...problems, ...warnings]);
  return { config, warnings };
}

function readValue(spec: Exclude<OptionSpec, SecretSpec>, source: OptionSource): Outcome {
  const given = lookUp(source, spec.variable);
  const text = given ?? spec.default;
  if (text === undefined) {
    if (spec.required === true) return { problem: `${spec.variable} is not set: ${spec.meaning}` };
    return { value: spec.kind === 'list' ? [] : undefined };
  }
  // Before anything that shows the value: a password in it must not be printed because something else is wrong too.
  if (spec.kind === 'url' && holdsCredentials(text)) {
    return { problem: `${spec.variable} has a user or a password in its URL: remove them` };
  }
  const parsed = parseOption(spec, text);
  if (!parsed.ok) {
    const { wrong, todo } = parsed;
    assert(given !== undefined, `the default of ${spec.variable} ${wrong}`);
    return { problem: `${spec.variable}=${JSON.stringify(given)} ${wrong}: ${todo}` };
  }
  const unreadable = spec.kind === 'file' ? tryFile(source, text) : undefined;
  if (unreadable !== undefined) return { problem: `${spec.variable}=${JSON.stringify(text)} ${unreadable}` };
  return { value: parsed.value };
}

function readSecret(spec: SecretSpec, source: OptionSource): Outcome {
  const fileVariable = `${spec.variable}_FILE`;
  const [value, file] = [lookUp(source, spec.variable), lookUp(source, fileVariable)];
  if (value !== undefined && file !== undefined) {
    return { problem: `${spec.variable} and ${fileVariable} are both set: keep one of them` };
  }
  if (value !== undefined) return { value: { value: Secret.of(value) } };
  if (file === undefined) {
    if (spec.required !== true) return { value: undefined };
    return { problem: `neither ${spec.variable} nor ${fileVariable} is set: ${spec.meaning}` };
  }
  // The secret itself in place of its file's path is an easy mistake: then nothing of it may be shown.
  if (!/^(\.{0,2}\/|[A-Za-z]:\\)/u.test(file)) {
    return {
      problem: `${fileVariable} does not hold a path (not shown, it may be the secret): write it as /path/of/the/file`,
    };
  }
  const unreadable = tryFile(source, file);
  return unreadable === undefined
    ? { value: { file } }
    : { problem: `${fileVariable}=${JSON.stringify(file)} ${unreadable}` };
}

/** What is wrong with a file, if anything. Its content never shows. */
function tryFile(source: OptionSource, path: string): string | undefined {
  try {
    if (source.readFile(path).trim() !== '') return undefined;
    return 'is an empty file: check what is mounted there';
  } catch (error) {
    return `cannot be read (${describeError(error)}): check that it is mounted and readable for the user of this process`;
  }
}

function lookUp(source: OptionSource, variable: string): string | undefined {
  const text = source.environment[variable]?.trim();
  return text === undefined || text === '' ? undefined : text;
}

/** Also where the text is no URL at all: what stands before an @ behind // is a user, and perhaps a password. */
function holdsCredentials(text: string): boolean {
  const url = URL.parse(text);
  return url === null ? /\/\/[^/?#]*@/u.test(text) : url.username !== '' || url.password !== '';
}

function variablesOf(spec: OptionSpec): string[] {
  return spec.kind === 'secret' ? [spec.variable, `${spec.variable}_FILE`] : [spec.variable];
}

function setVariables(environment: OptionSource['environment']): string[] {
  return Object.keys(environment).filter((variable) => environment[variable]?.trim() !== '');
}

function invalid(problems: readonly string[]): CastaiError {
  const lines = problems.map((problem) => `\n  - ${problem}`).join('');
  return new CastaiError('CONFIG_INVALID', `the configuration is not usable:${lines}`, {
    hint: 'correct the environment variables of the container, as a rule through the chart values',
  });
}
