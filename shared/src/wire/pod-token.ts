import { readFileSync } from 'node:fs';
import { Secret } from '../config/secret.ts';
import type { KnownSecrets } from '../log/known-secrets.ts';

/** Three parts of base64url (RFC 7515 §7.1). Anything else was mounted by mistake, and a line break in it would break the request. */
const TOKEN = /^[\w-]+\.[\w-]+\.[\w-]+$/u;
/** Servers take 16 KiB of headers in all; a token has less than two. */
const MOST_CHARACTERS = 8192;

/**
 * The service account token of this pod for the platform: the cluster's API server says with it which pod on which node sends. The
 * kubelet replaces the file long before the token ends, so it is read for each request; a file that is missing or holds no token is no
 * reason not to send, because the platform decides what it makes of that.
 */
export class PodToken {
  readonly #file: string | undefined;
  readonly #secrets: Pick<KnownSecrets, 'add'>;

  /** Undefined: there is none. Each token that is used is added to the secrets. */
  constructor(file: string | undefined, secrets: Pick<KnownSecrets, 'add'>) {
    this.#file = file;
    this.#secrets = secrets;
  }

  /** The token as it is in the file now; undefined: go without. Never throws. */
  current(): Secret | undefined {
    const token = this.#file === undefined ? undefined : readToken(this.#file);
    if (token === undefined || token.length > MOST_CHARACTERS || !TOKEN.test(token)) return undefined;
    this.#secrets.add('pod token', token);
    return Secret.of(token);
  }
}

/** A kilobyte in the memory of the node: cheaper than to learn whether it has changed. */
function readToken(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    return undefined;
  }
}
