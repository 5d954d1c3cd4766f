import { unreachable } from '../errors.ts';
import {
  type BytesSpec,
  type DurationSecondsSpec,
  type DurationSpec,
  type EnumSpec,
  formatBytes,
  formatDuration,
  type IntegerSpec,
  type ListSpec,
  type OptionSpec,
  type SecretSpec,
  type UrlSpec,
} from './option-table.ts';

/** A value, or what is wrong with the text and what to do about it. */
export type Parsed =
  | { readonly ok: true; readonly value: string | number | boolean | URL | readonly string[] }
  | { readonly ok: false; readonly wrong: string; readonly todo: string };

/** Reads the text of one variable by its option's kind; the text is trimmed and not empty. Files are checked by the caller. */
export function parseOption(spec: Exclude<OptionSpec, SecretSpec>, text: string): Parsed {
  switch (spec.kind) {
    case 'string':
    case 'file':
      return good(text);
    case 'integer':
      return parseInteger(spec, text);
    case 'duration':
      return parseSpan(spec, text);
    case 'durationSeconds':
      return parseSeconds(spec, text);
    case 'bytes':
      return parseBytes(spec, text);
    case 'boolean':
      return parseBoolean(text);
    case 'list':
      return parseList(spec, text);
    case 'url':
      return parseUrl(spec, text);
    case 'enum':
      return parseEnum(spec, text);
    default:
      return unreachable(spec);
  }
}

const good = (value: string | number | boolean | URL | readonly string[]): Parsed => ({ ok: true, value });
const bad = (wrong: string, todo: string): Parsed => ({ ok: false, wrong, todo });

function parseInteger({ min, max }: IntegerSpec, text: string): Parsed {
  const todo = `give a whole number from ${min} to ${max}`;
  if (!/^[+-]?\d+$/u.test(text)) return bad('is not a whole number', todo);
  const value = Number(text);
  return value < min || value > max ? bad('is out of range', todo) : good(value);
}

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

/** The notation of Go's time.ParseDuration without its units below a millisecond, because operators know it from other agents. */
function parseDuration(text: string): number | undefined {
  if (text === '0') return 0;
  if (!/^(\d+(\.\d+)?(ms|s|m|h))+$/u.test(text)) return undefined;
  const parts = text.matchAll(/(?<amount>[\d.]+)(?<unit>ms|s|m|h)/gu);
  return Math.round(
    parts.reduce(
      (sum, { groups }) => sum + Number(groups?.['amount']) * (UNIT_MS[groups?.['unit'] ?? ''] ?? Number.NaN),
      0,
    ),
  );
}

function parseSpan({ minMs, maxMs }: DurationSpec, text: string): Parsed {
  const ms = parseDuration(text);
  if (ms === undefined) return bad('is not a duration', 'write it like 500ms, 15s, 10m or 1h30m');
  if (ms >= minMs && ms <= maxMs) return good(ms);
  return bad('is out of range', `give ${formatDuration(minMs)} to ${formatDuration(maxMs)}`);
}

/** The name of the variable says the unit, so that it stands nowhere else: neither in what is taken nor in what is asked for. */
function parseSeconds({ minMs, maxMs }: DurationSecondsSpec, text: string): Parsed {
  const todo = `give a number from ${minMs / 1_000} to ${maxMs / 1_000}, without a unit`;
  if (!/^\d+(\.\d+)?$/u.test(text)) return bad('is not a number of seconds', todo);
  const ms = Math.round(Number(text) * 1_000);
  return ms >= minMs && ms <= maxMs ? good(ms) : bad('is out of range', todo);
}

const BYTES: Readonly<Record<string, number>> = {
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
};

function parseBytes({ minBytes, maxBytes }: BytesSpec, text: string): Parsed {
  const match = /^(?<amount>\d+(?:\.\d+)?)(?<unit>k|M|G|Ki|Mi|Gi)?$/u.exec(text);
  if (match === null) return bad('is not an amount of memory', 'write it like 2048, 2Ki or 64Mi');
  const bytes = Math.floor(Number(match.groups?.['amount']) * (BYTES[match.groups?.['unit'] ?? ''] ?? Number.NaN));
  if (bytes >= minBytes && bytes <= maxBytes) return good(bytes);
  return bad('is out of range', `give ${formatBytes(minBytes)} to ${formatBytes(maxBytes)}`);
}

function parseBoolean(text: string): Parsed {
  const word = text.toLowerCase();
  if (['true', 't', '1'].includes(word)) return good(true);
  if (['false', 'f', '0'].includes(word)) return good(false);
  return bad('is neither true nor false', 'give true or false');
}

function parseUrl({ schemes = ['http', 'https'] }: UrlSpec, text: string): Parsed {
  const todo = `give a URL like ${schemes.at(-1)}://host.example.com`;
  const url = URL.parse(text);
  if (url === null || url.hostname === '') return bad('is not a URL', todo);
  if (!schemes.includes(url.protocol.slice(0, -1)))
    return bad(`has a scheme other than ${schemes.join(' and ')}`, todo);
  if (url.search !== '' || url.hash !== '') return bad('has a query or a fragment', todo);
  return good(url);
}

function parseList({ values, form }: ListSpec, text: string): Parsed {
  const items = text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
  if (values === undefined) {
    const odd = items.filter((item) => form !== undefined && !form.pattern.test(item));
    return odd.length === 0 ? good(items) : bad(`has ${odd.join(', ')}, which it cannot be`, form?.todo ?? '');
  }
  const known = new Map(values.map((value) => [value.toLowerCase(), value]));
  const words = items.map((item) => ({ item, word: known.get(item.toLowerCase()) }));
  const unknown = words.filter(({ word }) => word === undefined).map(({ item }) => item);
  if (unknown.length === 0) return good(words.flatMap(({ word }) => word ?? []));
  return bad(`names ${unknown.join(', ')}, which there is not`, `give any of ${values.join(', ')}`);
}

function parseEnum({ values }: EnumSpec, text: string): Parsed {
  const word = text.toLowerCase();
  const value = values.find((candidate) => candidate.toLowerCase() === word);
  return value === undefined ? bad('is not one of the choices', `give ${values.join(', ')}`) : good(value);
}
