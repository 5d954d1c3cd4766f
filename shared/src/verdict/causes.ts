/**
 * What can keep a program from its work, as a closed set: the verdict, problems, log lines and the doctor name it by these words, and scripts
 * look for them. Where the doctor checks the same thing, it is the id of that check. In order of importance: of several present causes of
 * one severity the first leads the verdict, because those behind it mostly follow from it.
 */
export const CAUSES = [
  /** An option is not usable. */
  'config',
  /** The key is refused, or its file cannot be read. */
  'api-key',
  /** The platform does not know the cluster's id. */
  'cluster-id',
  /** Another program sends for this cluster. */
  'fenced',
  /** The platform is not reached, asks to come back later, or something in between answers for it. */
  'platform',
  /** The API server is not reached, refuses the credentials, or does not answer. */
  'api-server',
  /** Nobody knows which cluster this is. */
  'identity',
  /** The lease of the election cannot be read or written. */
  'lease',
  /** What was done cannot be remembered in the cluster, so that nothing is begun. */
  'records',
  /** The service account may not read some feeds. */
  'feeds',
  /** The API behind a feed answers with errors: a conversion webhook or an aggregated API that is broken. */
  'feed-api',
  /** The API server does not tell what it serves. */
  'discovery',
  /** The API server does not say what may be read. */
  'access-reviews',
  /** The platform does not take some objects, or all of one kind. */
  'refused-objects',
  /** Objects that cannot be read are left out. */
  'unreadable-objects',
  /** What waits has passed its bound on memory. */
  'memory',
  /** The clock of this machine is not that of those whom it talks to. */
  'clock',
  /** A file of certificates cannot be used; those read before are. */
  'trust',
  /** The metadata service of the machine does not answer. */
  'metadata-service',
  /** The node of this pod cannot be read or marked. */
  'node',
  /** What the node holds cannot be used. */
  'node-data',
  /** The program has not finished its start. */
  'starting',
] as const;

/** One of the causes. */
export type Cause = (typeof CAUSES)[number];
