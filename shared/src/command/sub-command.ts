import type { Clock } from '../async/clock.ts';
import type { OptionTable } from '../config/option-table.ts';
import type { OutputStream } from '../log/log-format.ts';
import type { KnownSecrets } from '../log/known-secrets.ts';
import type { Terminal } from './terminal.ts';

/** A flag of a sub-command. */
export interface Flag {
  /** What stands behind it, for the help: `ADDRESS`. A flag without it is on or off. */
  readonly value?: string;
  /** It may be given several times. */
  readonly isRepeated?: true;
  readonly meaning: string;
}

/**
 * The flags that were given: a text for those with a value, or all of them where they may be repeated; true for the others. The word that
 * a command has to be given is among them by its name.
 */
export type GivenFlags = Readonly<Record<string, string | readonly string[] | true>>;

/** A stream of the process that is written to. */
export interface ByteStream extends OutputStream {
  write(data: string | Uint8Array, done?: (error?: Error | null) => void): boolean;
  on(event: 'error', listener: (error: Error) => void): unknown;
}

/** What a sub-command runs with. */
export interface CommandContext {
  /** `castai-agent`. */
  readonly program: string;
  readonly version: string;
  /** The options of the program itself. */
  readonly options: OptionTable;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly flags: GivenFlags;
  readonly clock: Clock;
  readonly secrets: KnownSecrets;
  /** Writes to the standard output, without any secret in use. */
  readonly write: (text: string) => void;
  /** The same to the standard error: what is no part of the answer. */
  readonly note: (text: string) => void;
  /** For what is too much to be written at once; no secret may be in it. */
  readonly stdout: ByteStream;
  readonly stderr: ByteStream;
  /** What the standard output is at this moment. */
  readonly terminal: () => Terminal;
}

/** What a program can do besides running. */
export interface SubCommand {
  readonly name: string;
  /** One sentence for the help. */
  readonly summary: string;
  readonly flags: Readonly<Record<string, Flag>>;
  /** The one word that has to be given, as the help names it: `NODE`. */
  readonly operand?: string;
  /** What each exit code means. */
  readonly exitCodes: Readonly<Record<number, string>>;
  /**
   * Does it, and gives the exit code. Throws `CONFIG_INVALID` for what cannot be meant, and another `CastaiError` for everything else that
   * ends it; rejects with the reason of the signal when it is told to stop.
   */
  run(context: CommandContext, signal: AbortSignal): Promise<number>;
}

/** What all sub-commands say of a call that cannot be meant. */
export const USAGE_CODE = 2;
