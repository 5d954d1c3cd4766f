import type { Cause } from './causes.ts';

/** What is said of a cause when it begins and when it ends, in the log and on pages. */
export const CAUSE_WORDS: Readonly<Record<Cause, { readonly began: string; readonly ended: string }>> = {
  config: { began: 'the configuration cannot be used', ended: 'the configuration can be used' },
  'api-key': { began: 'the key is not accepted', ended: 'the key is accepted' },
  'cluster-id': { began: 'the platform does not know this cluster', ended: 'the platform knows this cluster' },
  fenced: { began: 'another agent sends for this cluster', ended: 'no other agent sends for this cluster' },
  platform: { began: 'nothing is delivered to the platform', ended: 'delivery works again' },
  'api-server': { began: 'the API server does not answer as it should', ended: 'the API server answers again' },
  identity: { began: 'it is not known which cluster this is', ended: 'the cluster is recognised' },
  lease: { began: 'the lease cannot be read or written', ended: 'the lease can be read and written again' },
  records: { began: 'what is done cannot be remembered', ended: 'what is done can be remembered again' },
  feeds: { began: 'some kinds may not be read', ended: 'all kinds may be read that are wanted' },
  'feed-api': { began: 'some kinds cannot be read', ended: 'all kinds can be read again' },
  discovery: { began: 'the API server does not tell what it serves', ended: 'the API server tells what it serves' },
  'access-reviews': {
    began: 'the API server does not say what may be read',
    ended: 'the API server says what may be read',
  },
  'refused-objects': { began: 'the platform does not take some objects', ended: 'no object is refused any more' },
  'unreadable-objects': {
    began: 'objects that cannot be read are left out',
    ended: 'no object was left out for five minutes',
  },
  memory: { began: 'what waits passed its bound on memory', ended: 'what waits is within its bound' },
  clock: { began: 'clocks differ', ended: 'clocks agree again' },
  trust: {
    began: 'a file of certificates cannot be used, and those read before are',
    ended: 'the file of certificates can be used again',
  },
  'metadata-service': {
    began: 'the metadata service does not answer',
    ended: 'the metadata service answers again',
  },
  node: { began: 'the node cannot be read or marked', ended: 'the node can be read and marked again' },
  'node-data': { began: 'the data of the node cannot be used', ended: 'the data of the node can be used' },
  starting: { began: 'starting', ended: 'works' },
};
