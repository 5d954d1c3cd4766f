import { readFileSync, statSync } from 'node:fs';
import { isBareWord } from '../config/is-bare-word.ts';
import { Secret } from '../config/secret.ts';
import { CastaiError, describeError, toCastaiError } from '../errors.ts';
import type { KnownSecrets } from '../log/known-secrets.ts';

/** Where the key comes from: `API_KEY` itself, or the file that `API_KEY_FILE` names. */
export type ApiKeySource = { readonly value: Secret } | { readonly file: string };

/**
 * The platform's key, following its file: a rotated key is used with the next request, without a restart.
 *
 * While a file that was good is missing or empty, as in the middle of a rotation, the last good key stays in use and
 * `problem` says what is wrong.
 */
export class ApiKey {
  readonly #file: string | undefined;
  readonly #secrets: KnownSecrets;
  #key: Secret;
  #stamp: string;
  #problem: CastaiError | undefined;
  #refused: Secret | undefined;

  /** Each key that is used is added to the secrets. Throws `CONFIG_FILE_UNREADABLE` or `CONFIG_INVALID` when there is no usable key: a start must fail then. */
  constructor(source: ApiKeySource, secrets: KnownSecrets) {
    this.#secrets = secrets;
    if ('value' in source) {
      this.#file = undefined;
      this.#stamp = '';
      this.#key = parseKey(source.value.reveal(), 'API_KEY');
    } else {
      this.#file = source.file;
      this.#stamp = stampOf(source.file);
      this.#key = readKey(source.file);
    }
  }

  /** The key for the next request. Ask for every request: that is what notices a new file. */
  current(): Secret {
    // One stat of a mounted Secret per request costs microseconds; a pause between looks would cost refused requests. What could not be
    // read is read again each time: where the right to do so was missing, what gives it changes nothing of the stamp.
    if (this.#file !== undefined && (this.#problem !== undefined || stampOf(this.#file) !== this.#stamp))
      this.#load(this.#file);
    this.#secrets.add('platform key', this.#key.reveal());
    return this.#key;
  }

  /**
   * Reads the file again, changed or not, after the platform refused `used`. True when there is another key now, so
   * that the next attempt may be made at once.
   */
  reload(used: Secret): boolean {
    if (this.#file !== undefined) this.#load(this.#file);
    const isReplaced = !this.#key.equals(used);
    this.#refused = isReplaced ? undefined : used;
    return isReplaced;
  }

  /**
   * Whether there is another key by now than the one that the platform refused; says so once. Costs a stat, and looks whoever sends: a program
   * that sends once a month would else tell on that day that its file went away.
   */
  takeReplacement(): boolean {
    const key = this.current();
    if (this.#refused === undefined || key.equals(this.#refused)) return false;
    this.#refused = undefined;
    return true;
  }

  /** Why the file could not be read the last time it was looked at; undefined while all is well. */
  get problem(): CastaiError | undefined {
    return this.#problem;
  }

  #load(file: string): void {
    // The stamp first: a file replaced between the two is read once more, instead of never.
    this.#stamp = stampOf(file);
    try {
      this.#key = readKey(file);
      this.#problem = undefined;
    } catch (error) {
      this.#problem = toCastaiError(error, 'CONFIG_FILE_UNREADABLE');
    }
  }
}

/**
 * Changes whenever the file does. Kubernetes swaps a symlink, so the inode changes even if size and time do not. Never throws, because it is
 * asked where nobody could make anything of it: whoever reads the file then is told what is wrong.
 */
function stampOf(file: string): string {
  try {
    const { ino, size, mtimeMs } = statSync(file);
    return `${ino} ${size} ${mtimeMs}`;
  } catch {
    return 'absent';
  }
}

function readKey(file: string): Secret {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new CastaiError('CONFIG_FILE_UNREADABLE', `the key file ${file} cannot be read: ${describeError(error)}`, {
      cause: error,
      hint: 'check that API_KEY_FILE names a mounted file that the user of this process may read',
    });
  }
  return parseKey(text, `the key file ${file}`);
}

/** A trailing newline is what an editor and `kubectl create secret --from-file` leave in nearly every key file. */
function parseKey(text: string, source: string): Secret {
  const key = text.trim();
  if (key === '') {
    throw new CastaiError('CONFIG_INVALID', `${source} is empty`, {
      hint: 'create an API key in the console of the platform and put it there',
    });
  }
  // The value is never quoted.
  if (!isBareWord(key)) {
    throw new CastaiError('CONFIG_INVALID', `${source} holds something that is no API key`, {
      hint: 'it must be the bare key: one line, without quotes, spaces or other text',
    });
  }
  return Secret.of(key);
}
