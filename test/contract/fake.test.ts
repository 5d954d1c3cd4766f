import { FAKE_TOKEN, FakeKubeApiserver } from '../fakes/kube-apiserver/fake-kube-apiserver.ts';
import { describeKubeApiserverContract } from './kube-apiserver/kube-apiserver-contract.ts';

const VISITOR = 'visitor-token';

describeKubeApiserverContract('the fake API server', async ({ watchList }) => {
  const server = await FakeKubeApiserver.start({
    tokens: { [FAKE_TOKEN]: 'agent', [VISITOR]: 'visitor' },
    settings: { watchList, futureWaitMs: 100 },
    // Beyond 2^53: nothing in the suite may depend on small numbers.
    resourceVersionBase: 2n ** 60n,
  });
  server.access.deny({ user: 'visitor' });
  return {
    url: server.url,
    token: FAKE_TOKEN,
    visitorToken: VISITOR,
    expireContinueTokens: async () => server.expireContinueTokens(),
    restart: () => server.restart(),
    stop: () => server.stop(),
  };
});
