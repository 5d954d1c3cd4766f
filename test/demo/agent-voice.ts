/** What the demo's agent has to say: the warnings of its log, in a line each, and each only once a minute. */
import type { OutputLine } from '../stages/child-program.ts';

const AGAIN_MS = 60_000;
const LEVELS: Readonly<Record<string, string>> = {
  warn: 'warning',
  warning: 'warning',
  error: 'error',
  fatal: 'error',
};
/** What every line has, and nobody wants to read here. */
const USUAL = new Set([
  'level',
  'time',
  'msg',
  'message',
  'pid',
  'hostname',
  'name',
  'program',
  'version',
  'error',
  'err',
]);

/** How it is told. */
export interface AgentVoiceOptions {
  readonly say: (line: string) => void;
  readonly now: () => number;
  /** Every line, as it came. */
  readonly isVerbose: boolean;
}

/** Takes lines of the agent's log. */
export class AgentVoice {
  readonly #options: AgentVoiceOptions;
  readonly #saidAtMs = new Map<string, number>();

  constructor(options: AgentVoiceOptions) {
    this.#options = options;
  }

  /** Takes one line. */
  heard({ text }: Pick<OutputLine, 'text'>): void {
    const { say, now, isVerbose } = this.#options;
    if (isVerbose) {
      say(`agent      ${text}`);
      return;
    }
    const line = warningOf(text);
    if (line === undefined) return;
    const saidAtMs = this.#saidAtMs.get(line.topic) ?? -Infinity;
    if (now() - saidAtMs < AGAIN_MS) return;
    this.#saidAtMs.set(line.topic, now());
    say(`agent      ${line.words}`);
  }
}

/** A warning or error in words; `undefined`: the line is neither. What is no JSON is what a broken program writes: always told. */
function warningOf(text: string): { readonly topic: string; readonly words: string } | undefined {
  const fields = parse(text);
  if (fields === undefined) return text.trim() === '' ? undefined : { topic: text, words: text };
  const level = LEVELS[String(fields['level'])];
  if (level === undefined) return undefined;
  const message = textIn(fields, 'msg') || textIn(fields, 'message');
  const error = errorOf(fields['error'] ?? fields['err']);
  const rest = Object.entries(fields)
    .filter(([name, value]) => !USUAL.has(name) && name !== 'hint' && ['string', 'number'].includes(typeof value))
    .map(([name, value]) => `${name} ${String(value)}`);
  const hint = textIn(fields, 'hint');
  const words = [`${level}: ${message}`, error, ...rest].filter((part) => part !== '').join(', ');
  return { topic: `${level} ${message}`, words: hint === '' ? words : `${words} → ${hint}` };
}

function errorOf(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value !== 'object' || value === null) return '';
  return textIn(value as Record<string, unknown>, 'message');
}

function textIn(fields: Readonly<Record<string, unknown>>, name: string): string {
  const value = fields[name];
  return typeof value === 'string' ? value : '';
}

function parse(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
