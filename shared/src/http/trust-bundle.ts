import { X509Certificate } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { createSecureContext, getCACertificates, type SecureContext } from 'node:tls';
import { CastaiError, describeError, toCastaiError } from '../errors.ts';
import type { ConnectionDependencies, ConnectionSettings } from './connection.ts';

type TrustSettings = Pick<ConnectionSettings, 'caFile' | 'caPem' | 'trustSystemRoots' | 'clientCertificate'>;

/** Trust as of one reading of the CA file. */
export interface Trust {
  /** Rises whenever the content of the file changed: what was built from an older one must be rebuilt. */
  readonly version: number;
  /** Undefined means that Node's own default is right, which shares one parsed copy of the roots. */
  readonly secureContext: SecureContext | undefined;
}

/** The file is looked at no more often: one `stat` per few seconds is free, one per request is not. */
const CHECK_EVERY_MS = 5_000;

const PEM_BEGIN = /-----BEGIN CERTIFICATE-----/gu;
const PEM_BLOCK = /-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/gu;

/**
 * Whom to trust at one destination, following a CA file that is replaced while the program runs.
 *
 * The parsed certificates live in one `SecureContext` that all connections share: handing PEM texts to every connection
 * would parse some 140 roots each time.
 */
export class TrustBundle {
  readonly #settings: TrustSettings;
  readonly #dependencies: Pick<ConnectionDependencies, 'clock' | 'onProblem'>;
  #stamp: string;
  #trust: Trust;
  #checkedAtMs: number;
  #isBroken = false;

  /** Throws `CONFIG_FILE_UNREADABLE` or `CONFIG_INVALID` if the certificates cannot be used: a start must fail then. */
  constructor(settings: TrustSettings, dependencies: Pick<ConnectionDependencies, 'clock' | 'onProblem'>) {
    this.#settings = settings;
    this.#dependencies = dependencies;
    this.#checkedAtMs = dependencies.clock.monotonicMs();
    this.#stamp = stampOf(settings.caFile);
    this.#trust = { version: 1, secureContext: loadContext(settings) };
  }

  /** Trust as it is now. Never throws: while the file is broken, as in the middle of being replaced, the last good content counts. */
  current(): Trust {
    const { clock, onProblem } = this.#dependencies;
    const nowMs = clock.monotonicMs();
    if (this.#settings.caFile === undefined || nowMs - this.#checkedAtMs < CHECK_EVERY_MS) return this.#trust;
    this.#checkedAtMs = nowMs;
    const stamp = stampOf(this.#settings.caFile);
    const isNew = stamp !== this.#stamp;
    // What could not be used is read again each time: a right that is given changes nothing of the stamp.
    if (!isNew && !this.#isBroken) return this.#trust;
    this.#stamp = stamp;
    try {
      this.#trust = { version: this.#trust.version + 1, secureContext: loadContext(this.#settings) };
      if (this.#isBroken) onProblem?.(undefined);
      this.#isBroken = false;
    } catch (error) {
      if (isNew) onProblem?.(toCastaiError(error, 'CONFIG_INVALID'));
      this.#isBroken = true;
    }
    return this.#trust;
  }
}

/**
 * Changes whenever the file does. Kubernetes swaps a symlink, so the inode changes even if size and time do not. Never throws: whoever reads
 * the file then says what is wrong.
 */
function stampOf(path: string | undefined): string {
  if (path === undefined) return '';
  try {
    const { ino, size, mtimeMs } = statSync(path);
    return `${ino} ${size} ${mtimeMs}`;
  } catch {
    return 'absent';
  }
}

function loadContext(settings: TrustSettings): SecureContext | undefined {
  const { caFile, caPem, trustSystemRoots = true, clientCertificate } = settings;
  const own = [
    ...(caFile === undefined ? [] : readCertificates(caFile)),
    ...(caPem === undefined ? [] : parseCertificates(caPem, 'the CA certificate')),
  ];
  // Without a CA of its own even a destination that wants no system roots gets them: an empty list would trust nobody.
  if (own.length === 0 && clientCertificate === undefined) return undefined;
  const ca = own.length > 0 ? [...(trustSystemRoots ? getCACertificates('default') : []), ...own] : undefined;
  try {
    return createSecureContext({
      ...(ca === undefined ? {} : { ca }),
      ...(clientCertificate === undefined ? {} : { cert: clientCertificate.certPem, key: clientCertificate.keyPem }),
    });
  } catch (error) {
    throw new CastaiError('CONFIG_INVALID', `the certificates cannot be used: ${describeError(error)}`, {
      cause: error,
      hint: 'check that the client certificate and its key are PEM and belong together',
    });
  }
}

function readCertificates(path: string): string[] {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new CastaiError('CONFIG_FILE_UNREADABLE', `the CA file ${path} cannot be read: ${describeError(error)}`, {
      cause: error,
      hint: 'check that the file is mounted and readable for the user of this process',
    });
  }
  return parseCertificates(text, `the CA file ${path}`);
}

/** The certificates of a PEM text one by one, so that the message can say which of them is broken. */
function parseCertificates(pem: string, source: string): string[] {
  const blocks = pem.match(PEM_BLOCK) ?? [];
  if (blocks.length === 0) {
    throw new CastaiError('CONFIG_INVALID', `${source} contains no certificate`, {
      hint: 'it must be PEM text with at least one "BEGIN CERTIFICATE" block',
    });
  }
  // The others would do until a server shows a certificate of the missing one.
  if ((pem.match(PEM_BEGIN) ?? []).length > blocks.length) {
    throw new CastaiError('CONFIG_INVALID', `${source} has a certificate without its end`, {
      hint: 'copy the file again: it is cut off',
    });
  }
  for (const [index, block] of blocks.entries()) {
    try {
      void new X509Certificate(block);
    } catch (error) {
      throw new CastaiError('CONFIG_INVALID', `certificate ${index + 1} of ${blocks.length} in ${source} is broken`, {
        cause: error,
        hint: 'export the certificate again as PEM',
      });
    }
  }
  return blocks;
}
