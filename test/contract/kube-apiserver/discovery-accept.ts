import type { Dialect } from './contract-server.ts';

/** Kubernetes 1.26 to 1.29 know `v2beta1` alone; who asks for both, as the agent does, gets one of them in one request. */
export const aggregated = (version: Dialect['discovery']): string =>
  `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`;

/** What the agent asks for. */
export const ANY_AGGREGATED = `${aggregated('v2')},${aggregated('v2beta1')}`;
