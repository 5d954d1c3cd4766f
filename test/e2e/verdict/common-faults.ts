/** Faults that befall every program alike: of its key, the way to the platform, and the API server. */
import { rmSync, writeFileSync } from 'node:fs';
import { createServer as createHttp, type RequestListener } from 'node:http';
import { createServer as createHttps } from 'node:https';
import type { Server } from 'node:net';
import { join } from 'node:path';
import { TestAuthority } from '@castai/shared/testing/test-authority.ts';
import { FAKE_TOKEN } from '../../fakes/kube-apiserver/fake-kube-apiserver.ts';
import type { DenyRule } from '../../fakes/kube-apiserver/access.ts';
import { notYetValid } from './not-yet-valid.ts';
import { type Ground, KEY, type Place } from './place.ts';
import type { BroughtAbout } from './program-fault.ts';

/** Of any program; what is brought about does not ask which. */
type Fault = Omit<BroughtAbout<unknown>, 'after'> & {
  readonly after?: ((place: Place<unknown>) => unknown) | undefined;
};

/** The platform takes another key alone, from before the start on. */
export const wrongKey: Fault = {
  before: async ({ ground: { platform } }) => {
    await platform.control.setApiKeys(['another-key']);
    return {};
  },
  end: ({ ground: { platform } }) => platform.control.setApiKeys([KEY]),
};

/** The key was taken, and is no more. */
export const revokedKey: Fault = {
  after: ({ ground: { platform } }) => platform.control.setApiKeys(['another-key']),
  end: ({ ground: { platform } }) => platform.control.setApiKeys([KEY]),
};

/** The file of the key goes away while the program runs. */
export const unreadableKey: Fault = {
  before: ({ ground: { folder } }) => {
    writeFileSync(join(folder, 'key'), KEY);
    return { API_KEY: '', API_KEY_FILE: join(folder, 'key') };
  },
  after: ({ ground: { folder } }) => rmSync(join(folder, 'key')),
  end: ({ ground: { folder } }) => writeFileSync(join(folder, 'key'), KEY),
};

/** The platform has no cluster of this id. */
export const unknownCluster: Fault = { before: () => ({ CLUSTER_ID: '00000000-0000-4000-8000-000000000000' }) };

/** The address has a path that the platform does not serve. */
export const wrongUrl: Fault = { before: ({ ground: { platform } }) => ({ API_URL: `${platform.url}/somewhere` }) };

/** The platform's certificate is of an authority that nobody has told the program of. */
export const privateCa: Fault = {
  before: async ({ ground }) => {
    const authority = new TestAuthority();
    ground.undo(() => authority[Symbol.dispose]());
    const { certPem: cert, keyPem: key } = authority.issue({ commonName: '127.0.0.1' });
    return { API_URL: `https://127.0.0.1:${await listen(createHttps({ cert, key }), ground)}` };
  },
};

/** By the clock of this machine the platform's certificate is not valid yet. */
export const clockOff: Fault = {
  before: async ({ ground }) => {
    const { certPem: cert, keyPem: key, certFile } = notYetValid(ground.folder);
    const port = await listen(createHttps({ cert, key }), ground);
    return { API_URL: `https://127.0.0.1:${port}`, TLS_CA_CERT_FILE: certFile };
  },
};

/** Something between here and the platform answers every request with a page of its own. */
export const captivePortal: Fault = {
  before: async ({ ground }) => {
    const page: RequestListener = (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/html' }).end('<html><title>Please sign in</title></html>');
    };
    return { API_URL: `http://127.0.0.1:${await listen(createHttp(page), ground)}` };
  },
};

/** The proxy wants to know who asks. */
export const proxyWantsCredentials: Fault = {
  before: async ({ ground }) => {
    const proxy = createHttp().on('connect', (_request, client) => {
      client.on('error', () => undefined);
      client.end('HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n');
    });
    return { API_URL: 'https://platform.test', HTTPS_PROXY: `http://127.0.0.1:${await listen(proxy, ground)}` };
  },
};

/** The name of the platform does not resolve. */
export const unknownHost: Fault = { before: () => ({ API_URL: 'https://platform.invalid' }) };

/** Connections to the platform are taken, and nothing comes back. */
export const blackHole: Fault = {
  after: ({ ground: { platform } }) => platform.network.set({ type: 'swallow' }),
  end: ({ ground: { platform } }) => platform.network.set({ type: 'pass' }),
};

/** Nobody listens at the platform's address. */
export const platformRefuses: Fault = {
  after: ({ ground: { platform } }) => platform.network.set({ type: 'refuse' }),
  end: ({ ground: { platform } }) => platform.network.set({ type: 'pass' }),
};

/** The same from before the start on. */
export function fromTheStart({ after, end }: Fault): Fault {
  return {
    before: async (place) => {
      await after?.(place);
      return {};
    },
    end,
  };
}

/** The platform answers that it cannot. */
export const platformOverloaded: Fault = {
  after: ({ ground: { platform } }) =>
    platform.control.addFault({ action: { type: 'status', status: 503, retryAfter: '5' } }),
  end: ({ ground: { platform } }) => platform.control.clearFaults(),
};

/** The platform, or what stands before it, has answered nothing but 503 since before the start. */
export const unavailable: Fault = {
  before: async ({ ground }) => {
    const busy: RequestListener = (_request, response) => response.writeHead(503, { 'retry-after': '5' }).end();
    return { API_URL: `http://127.0.0.1:${await listen(createHttp(busy), ground)}` };
  },
};

/** The API server takes connections from before the start on, and answers none. */
export const apiServerHangs: Fault = {
  before: async ({ ground: { cluster } }) => {
    await cluster.network.set({ type: 'swallow' });
    return {};
  },
  end: async ({ ground: { cluster } }) => {
    await cluster.network.set({ type: 'pass' });
    cluster.network.reset();
  },
};

/** Nobody listens at the API server's address, from before the start on. */
export const apiServerRefuses: Fault = {
  before: async ({ ground: { cluster } }) => {
    await cluster.network.set({ type: 'refuse' });
    return {};
  },
  end: ({ ground: { cluster } }) => cluster.network.set({ type: 'pass' }),
};

/** The API server does not know the service account's token. */
export const tokenRefused: Fault = {
  before: ({ ground: { cluster } }) => {
    cluster.fake.access.revokeToken(FAKE_TOKEN);
    return {};
  },
  end: ({ ground: { cluster } }) =>
    cluster.fake.access.addToken(FAKE_TOKEN, 'system:serviceaccount:castai-agent:castai-agent'),
};

/** The API server goes away while all is well. */
export const apiServerAway: Fault = {
  after: ({ ground: { cluster } }) => cluster.network.set({ type: 'refuse' }),
  end: ({ ground: { cluster } }) => cluster.network.set({ type: 'pass' }),
};

/** Rights are missing from before the start on. */
export function forbidden(...rules: readonly DenyRule[]): Fault {
  return {
    before: ({ ground: { cluster } }) => {
      cluster.fake.access.deny(...rules);
      return {};
    },
    end: ({ ground: { cluster } }) => cluster.fake.access.allowAll(),
  };
}

/** Starts a server on a free port of this machine; it ends with the place. */
async function listen(server: Server, { undo }: Pick<Ground, 'undo'>): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  undo(() => server.close());
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}
