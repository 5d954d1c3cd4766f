import { describe, expect, it } from 'vitest';
import { ownSentence } from './own-sentence.ts';

const HEAD = 'conversion webhook for karpenter.sh/v1beta1, Kind=NodePool failed';

describe('the own sentence of an API server', () => {
  it('about a conversion webhook that does not answer is told whole', () => {
    for (const rest of [
      'Post "https://karpenter.kube-system.svc:8443/conversion?timeout=30s": no endpoints available for service "karpenter"',
      'Post "https://karpenter.kube-system.svc:8443/": dial tcp 10.0.0.1:8443: connect: connection refused',
      'Post "https://[fd00::1]:8443/": tls: failed to verify certificate: x509: certificate signed by unknown authority',
    ]) {
      expect(ownSentence(`${HEAD}: ${rest}`)).toBe(`${HEAD}: ${rest}`);
    }
  });

  it('ends where the words of the webhook begin, which may quote an object', () => {
    expect(ownSentence(`${HEAD}: {"password":"hunter2"}`)).toBe(HEAD);
    expect(ownSentence(`${HEAD}: an error on the server ("hunter2") has prevented the request from succeeding`)).toBe(
      HEAD,
    );
    expect(ownSentence(`${HEAD}: Post "https://a.svc/": no\nhunter2`)).toBe(HEAD);
  });

  it('about a pod with two disruption budgets is told', () => {
    const sentence = 'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.';
    expect(ownSentence(sentence)).toBe(sentence);
    expect(ownSentence(`${sentence} hunter2`)).toBe('');
  });

  it('is nothing where it is not known whose words they are', () => {
    expect(ownSentence('admission webhook "a" denied the request: hunter2')).toBe('');
    expect(ownSentence(`hunter2 ${HEAD}`)).toBe('');
    expect(ownSentence('conversion webhook for hunter2 hunter3, Kind=A failed')).toBe('');
    expect(ownSentence('')).toBe('');
  });
});
