import { expect, test } from 'vitest';
import { boundTo, TokenAuthority } from '@castai/test/fakes/token-authority.ts';
import type { ClusterKeys } from './cluster-keys.ts';
import { PodTokens, type PodTokensOptions } from './pod-tokens.ts';

const NOW = Date.UTC(2026, 7, 20, 12);
const SECONDS = NOW / 1000;
const authority = new TokenAuthority('https://kubernetes.default.svc');
const stranger = new TokenAuthority(authority.issuer);
const AUDIENCE = 'https://platform.example';
const GOOD = { aud: [AUDIENCE], iat: SECONDS - 60, exp: SECONDS + 3540, 'kubernetes.io': boundTo({ node: 'n-1' }) };
const CLAIMS = {
  namespace: 'castai-agent',
  account: 'castai-spot-handler',
  pod: { name: 'pod-1', uid: 'uid-pod-1' },
  node: { name: 'n-1', uid: 'uid-n-1' },
};

function keysOf({ issuer, keys }: TokenAuthority['keysFile'], accounts?: readonly string[]): ClusterKeys {
  const jwks = { keys: keys as ClusterKeys['jwks']['keys'] };
  return { issuer, jwks, ...(accounts === undefined ? {} : { accounts }) };
}

function tokens(changes: Partial<PodTokensOptions> = {}): PodTokens {
  return new PodTokens({
    keysOf: async (cluster) => (cluster === 'c-1' ? keysOf(authority.keysFile) : undefined),
    audience: AUDIENCE,
    isRequired: false,
    now: () => NOW,
    onError: () => undefined,
    ...changes,
  });
}

test('a token of the cluster’s own API server, for this platform, tells pod and node', async () => {
  expect(await tokens().check('c-1', authority.sign(GOOD))).toEqual({ claims: CLAIMS });
  const several = { ...GOOD, aud: ['https://other.example', AUDIENCE] };
  expect(await tokens().check('c-1', authority.sign(several))).toEqual({ claims: CLAIMS });
});

const { exp: _exp, ...WITHOUT_END } = GOOD;
const { iat: _iat, ...WITHOUT_BEGIN } = GOOD;

test.each([
  ['another audience', authority.sign({ ...GOOD, aud: ['https://other.example'] }), /"aud"/u],
  ['the API server’s own audience', authority.sign({ ...GOOD, aud: [authority.issuer] }), /"aud"/u],
  ['another issuer', authority.sign({ ...GOOD, iss: 'https://other.example' }), /"iss"/u],
  ['over', authority.sign({ ...GOOD, exp: SECONDS - 61 }), /"exp"/u],
  ['without an end', authority.sign(WITHOUT_END), /"exp"/u],
  ['without a begin', authority.sign(WITHOUT_BEGIN), /"iat"/u],
  ['older than a kubelet keeps any', authority.sign({ ...GOOD, iat: SECONDS - 25 * 3600 - 61 }), /"iat"/u],
  ['not yet valid', authority.sign({ ...GOOD, nbf: SECONDS + 61 }), /"nbf"/u],
  ['another cluster’s key', stranger.sign(GOOD), /no applicable key/u],
  ['the public key as a shared secret', authority.forge('HS256', GOOD), /"alg" .* not allowed/u],
  ['no signature', authority.forge('none', GOOD), /"alg" .* not allowed/u],
  ['a changed claim', changed(authority.sign(GOOD)), /signature verification failed/u],
  ['no token', 'Bearer x', /Invalid Compact JWS/u],
  [
    'of no pod',
    authority.sign({ ...GOOD, 'kubernetes.io': { ...boundTo({}), pod: undefined } }),
    /not bound to a pod/u,
  ],
])('%s is refused and not quoted', async (_name, token, message) => {
  const refusal: unknown = await tokens()
    .check('c-1', token)
    .catch((error: unknown) => error);
  expect(refusal).toMatchObject({
    status: 403,
    code: 'POD_TOKEN_REFUSED',
    message: expect.stringMatching(message) as string,
  });
  expect(JSON.stringify(refusal)).not.toContain(token);
});

test('clocks may differ by a minute', async () => {
  const late = { ...GOOD, iat: SECONDS - 3600, exp: SECONDS - 59 };
  const early = { ...GOOD, iat: SECONDS + 59, nbf: SECONDS + 59 };
  for (const claims of [late, early]) {
    expect(await tokens().check('c-1', authority.sign(claims))).toEqual({ claims: CLAIMS });
  }
});

test('where accounts are named, a token of another one is refused', async () => {
  const only = (account: string) =>
    tokens({ keysOf: async () => keysOf(authority.keysFile, [account]) }).check('c-1', authority.sign(GOOD));
  expect(await only('castai-agent/castai-spot-handler')).toEqual({ claims: CLAIMS });
  await expect(only('other/castai-spot-handler')).rejects.toMatchObject({ status: 403, code: 'POD_TOKEN_REFUSED' });
});

test('without keys or without a token nothing is proven, and it says why', async () => {
  const token = authority.sign(GOOD);
  expect(await tokens().check('c-2', token)).toEqual({ why: 'the keys of this cluster are not known here' });
  expect(await tokens().check('c-1', undefined)).toEqual({ why: 'it came without the token of a pod' });
});

test('where tokens are required none is missing, unless the keys are not known', async () => {
  const strict = tokens({ isRequired: true });
  await expect(strict.check('c-1', undefined)).rejects.toMatchObject({ status: 403, code: 'POD_TOKEN_REQUIRED' });
  expect(await strict.check('c-1', authority.sign(GOOD))).toEqual({ claims: CLAIMS });
  const withoutNode = authority.sign({ ...GOOD, 'kubernetes.io': boundTo({}) });
  await expect(strict.check('c-1', withoutNode)).rejects.toMatchObject({ status: 403, code: 'POD_TOKEN_REQUIRED' });
  expect(await tokens().check('c-1', withoutNode)).toEqual({ claims: { ...CLAIMS, node: undefined } });
  expect(await strict.check('c-2', undefined)).toEqual({ why: 'the keys of this cluster are not known here' });
});

test('keys that cannot be read are told of, and are no reason to go without where tokens are required', async () => {
  const errors: unknown[] = [];
  const broken = new Error('no JSON');
  const keys = { keysOf: () => Promise.reject(broken), onError: (error: unknown) => errors.push(error) };
  expect(await tokens(keys).check('c-1', authority.sign(GOOD))).toEqual({
    why: 'the keys of this cluster cannot be read',
  });
  await expect(tokens({ ...keys, isRequired: true }).check('c-1', authority.sign(GOOD))).rejects.toMatchObject({
    code: 'POD_TOKEN_REQUIRED',
  });
  expect(errors).toEqual([broken, broken]);
});

/** The token with another node in it. */
function changed(token: string): string {
  const [head = '', , signature = ''] = token.split('.');
  const other = { iss: authority.issuer, ...GOOD, 'kubernetes.io': boundTo({ node: 'n-2' }) };
  return `${head}.${Buffer.from(JSON.stringify(other)).toString('base64url')}.${signature}`;
}
