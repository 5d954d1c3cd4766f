import type { Secret } from './secret.ts';

interface CommonSpec {
  /** Environment variable. */
  readonly variable: string;
  /** One sentence for the README: what it does. */
  readonly meaning: string;
  /** What counts when the variable is unset, written as an operator would write it. */
  readonly default?: string;
  /** True refuses to start without a value. */
  readonly required?: true;
}

/** Any text. */
export interface StringSpec extends CommonSpec {
  readonly kind: 'string';
}

/** A whole number. */
export interface IntegerSpec extends CommonSpec {
  readonly kind: 'integer';
  readonly min: number;
  readonly max: number;
  /** What is counted, for the README. */
  readonly unit?: string;
}

/** A span of time as `500ms`, `15s`, `10m`, `1h30m`; the config holds milliseconds. */
export interface DurationSpec extends CommonSpec {
  readonly kind: 'duration';
  readonly minMs: number;
  readonly maxMs: number;
}

/** A span of time as a number of seconds, for variables whose name ends in `_SECONDS`; the config holds milliseconds. */
export interface DurationSecondsSpec extends CommonSpec {
  readonly kind: 'durationSeconds';
  readonly minMs: number;
  readonly maxMs: number;
}

/** An amount of memory as Kubernetes writes it: `2048`, `2Ki`, `64Mi`; the config holds bytes. */
export interface BytesSpec extends CommonSpec {
  readonly kind: 'bytes';
  readonly minBytes: number;
  readonly maxBytes: number;
}

/** `true` or `false`. */
export interface BooleanSpec extends CommonSpec {
  readonly kind: 'boolean';
}

/** Texts separated by commas; unset is the empty list. */
export interface ListSpec extends CommonSpec {
  readonly kind: 'list';
  /** The only texts that are taken, as the config then has them; letters' case does not matter. Any text unless told. */
  readonly values?: readonly string[];
  /** What every text has to look like where `values` are not told, and what an operator who wrote another one is to do. */
  readonly form?: { readonly pattern: RegExp; readonly todo: string };
}

/** An absolute URL without user, password, query and fragment. */
export interface UrlSpec extends CommonSpec {
  readonly kind: 'url';
  /** Without the colon; default http and https. */
  readonly schemes?: readonly string[];
}

/** One of a few words. */
export interface EnumSpec extends CommonSpec {
  readonly kind: 'enum';
  readonly values: readonly string[];
}

/** The path of a file that must be readable at the start. */
export interface FileSpec extends CommonSpec {
  readonly kind: 'file';
}

/** A secret, given in the variable itself or in the file that `<variable>_FILE` names. Never printed. */
export interface SecretSpec extends Omit<CommonSpec, 'default'> {
  readonly kind: 'secret';
  readonly default?: never;
}

/** One option of a program. */
export type OptionSpec =
  | StringSpec
  | IntegerSpec
  | DurationSpec
  | DurationSecondsSpec
  | BytesSpec
  | BooleanSpec
  | ListSpec
  | UrlSpec
  | EnumSpec
  | FileSpec
  | SecretSpec;

/** All options of a program, by the name that they have in its config. */
export type OptionTable = Readonly<Record<string, OptionSpec>>;

/** Where a secret comes from: a file may be replaced while the program runs, so the reader keeps its path. */
export type SecretSource = { readonly value: Secret } | { readonly file: string };

/** The type that an option's kind gives. */
export type ValueOf<S extends OptionSpec> = S extends { kind: 'integer' | 'duration' | 'durationSeconds' | 'bytes' }
  ? number
  : S extends { kind: 'boolean' }
    ? boolean
    : S extends { kind: 'list' }
      ? readonly string[]
      : S extends { kind: 'url' }
        ? URL
        : S extends EnumSpec
          ? S['values'][number]
          : S extends { kind: 'secret' }
            ? SecretSource
            : string;

/** The config that a table gives; an option with neither a default nor `required` may be undefined. */
export type ConfigOf<T extends OptionTable> = {
  readonly [Name in keyof T]: T[Name] extends { default: string } | { required: true } | { kind: 'list' }
    ? ValueOf<T[Name]>
    : ValueOf<T[Name]> | undefined;
};

/** Gives a table its exact type. */
export function defineOptions<const T extends OptionTable>(table: T): T {
  return table;
}

/** An option as a README's table shows it. */
export interface OptionRow {
  readonly name: string;
  readonly default: string;
  readonly type: string;
  readonly meaning: string;
}

/** The rows of the README's table, one per option and in its order. */
export function describeOptions(table: OptionTable): OptionRow[] {
  return Object.values(table).map((spec) => ({
    name: spec.kind === 'secret' ? `${spec.variable} or ${spec.variable}_FILE` : spec.variable,
    default: spec.default ?? (spec.required === true ? 'required' : ''),
    type: describeType(spec),
    meaning: spec.meaning,
  }));
}

function describeType(spec: OptionSpec): string {
  switch (spec.kind) {
    case 'integer':
      return `${spec.unit ?? 'number'}, ${spec.min} to ${spec.max}`;
    case 'duration':
      return `duration, ${formatDuration(spec.minMs)} to ${formatDuration(spec.maxMs)}`;
    case 'durationSeconds':
      return `seconds, ${spec.minMs / 1_000} to ${spec.maxMs / 1_000}`;
    case 'bytes':
      return `bytes, ${formatBytes(spec.minBytes)} to ${formatBytes(spec.maxBytes)}`;
    case 'enum':
      return spec.values.join(', ');
    case 'list':
      return spec.values === undefined ? 'comma-separated list' : `list of ${spec.values.join(', ')}`;
    case 'boolean':
      return 'true or false';
    case 'url':
      return 'URL';
    case 'string':
    case 'file':
    case 'secret':
      return spec.kind;
  }
}

/** A span of time in its largest unit that keeps it whole: `90000` is `90s`. */
export function formatDuration(ms: number): string {
  if (ms === 0) return '0s';
  for (const [suffix, size] of [
    ['h', 3_600_000],
    ['m', 60_000],
    ['s', 1_000],
  ] as const) {
    if (ms % size === 0) return `${ms / size}${suffix}`;
  }
  return `${ms}ms`;
}

/** An amount of memory in its largest unit that keeps it whole: `2048` is `2Ki`. */
export function formatBytes(bytes: number): string {
  for (const [suffix, size] of [
    ['Gi', 2 ** 30],
    ['Mi', 2 ** 20],
    ['Ki', 2 ** 10],
  ] as const) {
    if (bytes !== 0 && bytes % size === 0) return `${bytes / size}${suffix}`;
  }
  return String(bytes);
}
