/** Checks the tokens of pods that come with reports, without asking anybody: by the keys of the cluster that are on file. */
import { createLocalJWKSet, jwtVerify } from 'jose';
import { describeError } from '@castai/shared/errors.ts';
import { Refusal } from '../answer/refusal.ts';
import type { ClusterKeys } from './cluster-keys.ts';
import { parsePodClaims, type PodClaims } from './parse-pod-claims.ts';

/** What tokens are checked by. */
export interface PodTokensOptions {
  /** The keys of a cluster; undefined: they are not known here. Rejects when what is on file cannot be used. */
  readonly keysOf: (cluster: string) => Promise<ClusterKeys | undefined>;
  /** Who tokens have to be for: this platform, by the name that the clusters are told. */
  readonly audience: string;
  /** Whether a report without a token that names a node is refused, where the keys are known. */
  readonly isRequired: boolean;
  readonly now: () => number;
  /** Told of keys that cannot be used. */
  readonly onError: (error: unknown) => void;
}

/** What a token said, or why there is nothing to go by. */
export type TokenFinding = { readonly claims: PodClaims } | { readonly why: string };

/** Those that API servers sign with; none by which a public key could be taken for a secret one. */
const ALGORITHMS = ['RS256', 'ES256', 'ES384', 'ES512'];
/** Machines of the control plane and ours tell the time differently. */
const TOLERANCE_SECONDS = 60;
/** The kubelet replaces every token after a day, however long it is valid: one that is older was kept by somebody. */
const MOST_AGE_SECONDS = 25 * 3600;

/** Checks tokens. */
export class PodTokens {
  readonly #options: PodTokensOptions;

  constructor(options: PodTokensOptions) {
    this.#options = options;
  }

  /**
   * What a token proves, of a cluster. Throws `Refusal` 403: `POD_TOKEN_REFUSED` for one that is not of that cluster, not for this
   * platform, over, or of no pod; `POD_TOKEN_REQUIRED` where there has to be one.
   */
  async check(cluster: string, token: string | undefined): Promise<TokenFinding> {
    const { keysOf, isRequired, onError } = this.#options;
    let keys;
    try {
      keys = await keysOf(cluster);
    } catch (error) {
      onError(error);
      // Whoever wants tokens does not want to go without because of a typing error.
      if (isRequired) throw required('the keys of this cluster cannot be read');
      return { why: 'the keys of this cluster cannot be read' };
    }
    if (keys === undefined) return { why: 'the keys of this cluster are not known here' };
    if (token === undefined) {
      if (isRequired) throw required('it came without the token of a pod');
      return { why: 'it came without the token of a pod' };
    }
    const claims = await this.#verify(token, keys);
    if (claims.node === undefined && isRequired) throw required('its token names no node (Kubernetes before 1.30)');
    return { claims };
  }

  async #verify(token: string, { issuer, jwks, accounts }: ClusterKeys): Promise<PodClaims> {
    const { audience, now } = this.#options;
    try {
      const { payload } = await jwtVerify(token, createLocalJWKSet(jwks), {
        issuer,
        audience,
        algorithms: ALGORITHMS,
        requiredClaims: ['exp', 'iat'],
        maxTokenAge: MOST_AGE_SECONDS,
        clockTolerance: TOLERANCE_SECONDS,
        currentDate: new Date(now()),
      });
      const claims = parsePodClaims(payload);
      const account = `${claims.namespace}/${claims.account}`;
      if (accounts !== undefined && !accounts.includes(account)) {
        throw new RangeError(`it is of the service account ${account}`);
      }
      return claims;
    } catch (error) {
      // The library's messages name the claim and no value of it.
      throw refused(describeError(error));
    }
  }
}

/** 403: there is a token, and it is not one for this report. */
export function refused(why: string): Refusal {
  return new Refusal(403, 'POD_TOKEN_REFUSED', { message: `the token of the pod is refused: ${why}` });
}

function required(why: string): Refusal {
  return new Refusal(403, 'POD_TOKEN_REQUIRED', { message: `this platform wants to know which pod reports: ${why}` });
}
