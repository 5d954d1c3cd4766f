import { readFileSync } from 'node:fs';
import type { Clock } from '../async/clock.ts';
import { isBareWord } from '../config/is-bare-word.ts';
import { Secret } from '../config/secret.ts';
import { CastaiError, describeError } from '../errors.ts';

/** The kubelet replaces a token at 80 % of its life, so a minute's delay is nothing; client-go reads as often. */
const MAX_AGE_MS = 60_000;

/**
 * A bearer token in a file that is replaced while the program runs. The path is read anew each time, because Kubernetes
 * swaps a symlink: a kept file descriptor would show the old content for ever.
 *
 * And it is read at once: a kilobyte in the memory of the node. Whatever goes to libuv's pool waits behind names that are being looked up,
 * and a name server that is silent keeps a thread for 20 s a name: on a node where one thread is all there is, no request to the API
 * server, which has no name, would be made meanwhile.
 */
export class TokenFile {
  readonly #path: string;
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  #token: Secret | undefined;
  #readAtMs = Number.NEGATIVE_INFINITY;

  constructor(path: string, clock: Pick<Clock, 'monotonicMs'>) {
    this.#path = path;
    this.#clock = clock;
  }

  /**
   * The token, at most a minute old. While the file is missing, empty or holds something that is no token the last one counts: it is valid
   * for longer than the file is broken. Throws `CREDENTIALS_UNREADABLE` if there never was one; never gives an empty token, which would
   * make us anonymous and every refusal look like a lack of rights.
   */
  async read(): Promise<Secret> {
    if (this.#token !== undefined && this.#clock.monotonicMs() - this.#readAtMs < MAX_AGE_MS) return this.#token;
    return this.#load();
  }

  /** Looks at the file now, because the server refused the token. Throws as `read` does. */
  async refresh(): Promise<void> {
    this.#readAtMs = Number.NEGATIVE_INFINITY;
    await this.read();
  }

  #load(): Secret {
    try {
      const text = readFileSync(this.#path, 'utf8').trim();
      if (text === '') throw new CastaiError('CREDENTIALS_UNREADABLE', 'it is empty');
      if (!isBareWord(text)) throw new CastaiError('CREDENTIALS_UNREADABLE', 'it holds something that is no token');
      this.#token = Secret.of(text);
      this.#readAtMs = this.#clock.monotonicMs();
      return this.#token;
    } catch (error) {
      if (this.#token !== undefined) return this.#token;
      throw new CastaiError('CREDENTIALS_UNREADABLE', `no token in ${this.#path}: ${describeError(error)}`, {
        cause: error,
        hint: 'check that the service account token is mounted (automountServiceAccountToken) and readable for this user',
      });
    }
  }
}
