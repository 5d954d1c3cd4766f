/** What an API server signs tokens of pods with: its keys as JWKS, and tokens with the claims of Kubernetes 1.30 and later. */
import { createHmac, generateKeyPairSync, randomUUID, sign } from 'node:crypto';

/** Claims of a token; what is left out is that of a good one. `undefined` leaves a claim out. */
export type TokenClaims = Readonly<Record<string, unknown>>;

/** A cluster's signing key. */
export class TokenAuthority {
  readonly issuer: string;
  readonly #kid = randomUUID();
  readonly #pair = generateKeyPairSync('rsa', { modulusLength: 2048 });

  constructor(issuer: string) {
    this.issuer = issuer;
  }

  /** What the platform is given as `<cluster id>.json`. */
  get keysFile(): { readonly issuer: string; readonly keys: readonly object[] } {
    const key = this.#pair.publicKey.export({ format: 'jwk' });
    return { issuer: this.issuer, keys: [{ ...key, use: 'sig', alg: 'RS256', kid: this.#kid }] };
  }

  /** A token as TokenRequest makes it. */
  sign(claims: TokenClaims): string {
    const head = part({ alg: 'RS256', kid: this.#kid });
    const text = `${head}.${part({ iss: this.issuer, ...claims })}`;
    return `${text}.${sign('sha256', Buffer.from(text), this.#pair.privateKey).toString('base64url')}`;
  }

  /** The same, signed by whoever has nothing but the public key: as a shared secret (HS256), or not at all (none). */
  forge(alg: 'HS256' | 'none', claims: TokenClaims): string {
    const text = `${part({ alg, kid: this.#kid })}.${part({ iss: this.issuer, ...claims })}`;
    const secret = this.#pair.publicKey.export({ format: 'pem', type: 'spki' });
    return `${text}.${alg === 'none' ? '' : createHmac('sha256', secret).update(text).digest('base64url')}`;
  }
}

/** What a token says of a pod on a node; the uids follow from the names. */
export function boundTo({ node, pod = 'pod-1' }: { readonly node?: string; readonly pod?: string }): object {
  const named = (name: string): object => ({ name, uid: `uid-${name}` });
  return {
    namespace: 'castai-agent',
    serviceaccount: named('castai-spot-handler'),
    pod: named(pod),
    ...(node === undefined ? {} : { node: named(node) }),
  };
}

function part(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
