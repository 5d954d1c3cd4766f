import type { SampleObject } from './sample-object.ts';

/** A workload that is reachable. */
export interface Exposed {
  readonly name: string;
  readonly namespace: string;
  readonly app: string;
}

/** A service of type ClusterIP; the address is left to the server. */
export function sampleService({ name, namespace, app }: Exposed): SampleObject {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace, labels: { app } },
    spec: {
      type: 'ClusterIP',
      selector: { app },
      ports: [{ name: 'http', protocol: 'TCP', port: 80, targetPort: 8080 }],
      sessionAffinity: 'None',
      internalTrafficPolicy: 'Cluster',
      ipFamilyPolicy: 'SingleStack',
    },
    status: { loadBalancer: {} },
  };
}

/** A service that only names a host outside; the agent leaves it out. */
export function sampleExternalService({ name, namespace }: Exposed): SampleObject {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace },
    spec: { type: 'ExternalName', externalName: 'db.example.com', sessionAffinity: 'None' },
    status: { loadBalancer: {} },
  };
}

/** Routes a host name to the service of the same name. */
export function sampleIngress({ name, namespace }: Exposed): SampleObject {
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: { name, namespace },
    spec: {
      ingressClassName: 'edge',
      rules: [
        {
          host: `${name}.example.com`,
          http: { paths: [{ path: '/', pathType: 'Prefix', backend: { service: { name, port: { number: 80 } } } }] },
        },
      ],
      tls: [{ hosts: [`${name}.example.com`], secretName: `${name}-tls` }],
    },
    status: { loadBalancer: { ingress: [{ ip: '192.0.2.10' }] } },
  };
}

/** Lets the namespace itself in and nobody else. */
export function sampleNetworkPolicy(namespace: string): SampleObject {
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: 'same-namespace', namespace },
    spec: { podSelector: {}, ingress: [{ from: [{ podSelector: {} }] }], policyTypes: ['Ingress'] },
  };
}
