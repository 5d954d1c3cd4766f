/** The part of the scrub policy about services, routes and rights. */
import { backend, labelSelector, networkPeers, networkPorts, objectRef } from './rule-parts.ts';
import { plain, policy, withSpec } from './rule-frames.ts';
import { each, fields, labels, list, number, numberOrText, summary, text } from './shape.ts';

/** What may leave of each, by the name that the table of feeds uses. */
export const NETWORK_RULES = policy({
  service: withSpec(
    {
      ...each(text, 'type externalTrafficPolicy internalTrafficPolicy trafficDistribution loadBalancerClass'),
      selector: labels,
      ports: list(
        fields({
          ...each(text, 'name protocol appProtocol'),
          ...each(number, 'port nodePort'),
          targetPort: numberOrText,
        }),
      ),
    },
    // A load balancer that exists has an address, one that is waited for has none.
    { loadBalancer: fields({ ingress: summary('count') }) },
  ),

  ingress: withSpec({
    ingressClassName: text,
    defaultBackend: backend,
    rules: list(fields({ http: fields({ paths: list(fields({ backend })) }) })),
  }),
  networkPolicy: withSpec({
    podSelector: labelSelector,
    policyTypes: list(text),
    ingress: list(fields({ from: networkPeers, ports: networkPorts })),
    egress: list(fields({ to: networkPeers, ports: networkPorts })),
  }),
  route: withSpec({
    parentRefs: list(fields({ ...each(text, 'group kind namespace name sectionName'), port: number })),
    rules: list(
      fields({
        backendRefs: list(fields({ ...each(text, 'group kind namespace name'), ...each(number, 'port weight') })),
        timeouts: fields(each(text, 'request backendRequest')),
      }),
    ),
  }),
  role: plain({
    rules: list(
      fields({
        ...each(list(text), 'apiGroups resources verbs'),
        // Names of Secrets among others, and paths of the API server.
        ...each(summary('count'), 'resourceNames nonResourceURLs'),
      }),
    ),
    aggregationRule: fields({ clusterRoleSelectors: list(labelSelector) }),
  }),
  roleBinding: plain({ roleRef: objectRef, subjects: summary('subjects') }),
});
