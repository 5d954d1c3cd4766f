import type { PodTemplate } from './pod-template.ts';

const HOST = 'kubernetes.io/hostname';
const ZONE = 'topology.kubernetes.io/zone';

/**
 * The template with what its number says of its neighbours: of ten deployments one wants each pod on a node of its own, one is spread over
 * nodes and two over zones, and one in twenty wants to be where the one before it is. That is what charts of databases, queues and web servers
 * ask for; how many of a cluster's do is assumed.
 */
export function withNeighbourRules(template: PodTemplate, index: number): PodTemplate {
  return { ...template, spec: { ...template.spec, ...rulesOf(template.app, index) } };
}

function rulesOf(app: string, index: number): object {
  switch (index % 20) {
    case 3:
    case 13:
      return { affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term(app, HOST)] } } };
    case 5:
    case 15:
      return spread(app, HOST);
    case 2:
    case 7:
    case 12:
    case 17:
      return spread(app, ZONE);
    case 9: {
      const near = term(`shop-${index - 1}`, ZONE);
      return { affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [near] } } };
    }
    default:
      return {};
  }
}

function term(app: string, topologyKey: string): object {
  return { labelSelector: { matchLabels: { app } }, topologyKey };
}

function spread(app: string, topologyKey: string): object {
  const constraint = { ...term(app, topologyKey), maxSkew: 1, whenUnsatisfiable: 'DoNotSchedule' };
  return { topologySpreadConstraints: [constraint] };
}
