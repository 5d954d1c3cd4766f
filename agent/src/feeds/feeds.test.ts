import { describe, expect, it } from 'vitest';
import { RULES } from '../scrub/rules.ts';
import { allFeeds, listPath, skippableFeeds } from './feeds.ts';

const EVERYTHING = { configMapNamespaces: ['team-a', 'team-b'], readRbac: true, readIngress: true };
const ONLY_DEFAULTS = { configMapNamespaces: [], readRbac: false, readIngress: false };

const names = (options: Parameters<typeof allFeeds>[0]): string[] => allFeeds(options).map((spec) => spec.name);

describe('allFeeds', () => {
  it('starts with what carries the cost of a cluster', () => {
    expect(names(EVERYTHING).slice(0, 4)).toEqual(['nodes', 'pods', 'namespaces', 'deployments.apps']);
  });

  it('numbers the feeds in the order of the first snapshot', () => {
    const feeds = allFeeds(EVERYTHING);
    expect(feeds.map((spec) => spec.priority)).toEqual(feeds.map((_, index) => index));
  });

  it('covers every kind of the existing agent, the node classes of the clouds, the routes, what schedulers read beside, and reports of scanners', () => {
    expect(names(EVERYTHING).toSorted()).toEqual(
      [
        'aksnodeclasses.karpenter.azure.com',
        'capacitybuffers.autoscaling.x-k8s.io',
        'clustercompliancereports.aquasecurity.github.io',
        'clusterconfigauditreports.aquasecurity.github.io',
        'clustervulnerabilityreports.aquasecurity.github.io',
        'configauditreports.aquasecurity.github.io',
        'vulnerabilityreports.aquasecurity.github.io',
        'computeclasses.cloud.google.com',
        'csidrivers.storage.k8s.io',
        'csistoragecapacities.storage.k8s.io',
        'extendeddaemonsets.datadoghq.com',
        'gcenodeclasses.karpenter.k8s.gcp',
        'nodes.metrics.k8s.io',
        'podgroups.scheduling.volcano.sh',
        'provisioningrequests.autoscaling.x-k8s.io',
        'runtimeclasses.node.k8s.io',
        'volumeattributesclasses.storage.k8s.io',
        'workloads.kueue.x-k8s.io',
        'awsnodetemplates.karpenter.k8s.aws',
        'clusterrolebindings.rbac.authorization.k8s.io',
        'clusterroles.rbac.authorization.k8s.io',
        'configmaps/team-a',
        'configmaps/team-b',
        'cronjobs.batch',
        'csinodes.storage.k8s.io',
        'custommetricsexporterconfigs.autoscaling.cast.ai',
        'daemonsets.apps',
        'deployments.apps',
        'deviceclasses.resource.k8s.io',
        'ec2nodeclasses.karpenter.k8s.aws',
        'events/autoscaler',
        'events/oom',
        'extendeddaemonsetreplicasets.datadoghq.com',
        'grpcroutes.gateway.networking.k8s.io',
        'horizontalpodautoscalers.autoscaling',
        'httproutes.gateway.networking.k8s.io',
        'ingresses.networking.k8s.io',
        'jobs.batch',
        'limitranges',
        'machines.karpenter.sh',
        'migrations.live.cast.ai',
        'namespaces',
        'networkpolicies.networking.k8s.io',
        'nodeclaims.karpenter.sh',
        'nodeclasses.eks.amazonaws.com',
        'nodediskrecommendations.storageoptimization.cast.ai',
        'nodeoverlays.karpenter.sh',
        'nodepools.karpenter.sh',
        'nodes',
        'persistentvolumeclaims',
        'persistentvolumes',
        'poddisruptionbudgets.policy',
        'podmutations.pod-mutations.cast.ai',
        'pods',
        'pods.metrics.k8s.io',
        'priorityclasses.scheduling.k8s.io',
        'provisioners.karpenter.sh',
        'recommendations.autoscaling.cast.ai',
        'recommendationsyncs.runbooks.cast.ai',
        'replicasets.apps',
        'replicationcontrollers',
        'resourceclaims.resource.k8s.io',
        'resourceclaimtemplates.resource.k8s.io',
        'resourcequotas',
        'resourceslices.resource.k8s.io',
        'rolebindings.rbac.authorization.k8s.io',
        'roles.rbac.authorization.k8s.io',
        'rollouts.argoproj.io',
        'scaledjobs.keda.sh',
        'scaledobjects.keda.sh',
        'services',
        'statefulsets.apps',
        'storageclasses.storage.k8s.io',
        'tcproutes.gateway.networking.k8s.io',
        'tlsroutes.gateway.networking.k8s.io',
        'udproutes.gateway.networking.k8s.io',
        'verticalpodautoscalers.autoscaling.k8s.io',
        'volumeattachments.storage.k8s.io',
      ].toSorted(),
    );
  });

  it('never asks for Secrets', () => {
    expect(allFeeds(EVERYTHING).filter((spec) => /secret/i.test(`${spec.resource} ${spec.kind}`))).toEqual([]);
  });

  it('reads ConfigMaps only in the namespaces that are named, each once', () => {
    const feeds = allFeeds({ ...ONLY_DEFAULTS, configMapNamespaces: ['kube-system', 'kube-system'] });
    expect(feeds.filter((spec) => spec.resource === 'configmaps').map((spec) => listPath(spec, 'v1'))).toEqual([
      '/api/v1/namespaces/kube-system/configmaps',
    ]);
    expect(names(ONLY_DEFAULTS).filter((name) => name.startsWith('configmaps'))).toEqual([]);
  });

  it('leaves out roles and routes when their reading is switched off', () => {
    const left = (options: Parameters<typeof allFeeds>[0]): unknown[] => [
      ...new Set(allFeeds(options).map((spec) => spec.readSwitch)),
    ];
    expect(left(EVERYTHING)).toEqual([undefined, 'ingress', 'rbac']);
    expect(left({ ...EVERYTHING, readRbac: false })).toEqual([undefined, 'ingress']);
    expect(left({ ...EVERYTHING, readIngress: false })).toEqual([undefined, 'rbac']);
  });

  it('leaves out what an operator names, but never nodes and pods, and numbers the rest without a gap', () => {
    const skipFeeds = ['nodes', 'pods', 'rolebindings.rbac.authorization.k8s.io', 'events/oom'];
    const feeds = allFeeds({ ...EVERYTHING, skipFeeds });
    const left = names(EVERYTHING).filter((name) => !feeds.some((feed) => feed.name === name));
    expect(left).toEqual(['rolebindings.rbac.authorization.k8s.io', 'events/oom']);
    expect(feeds.map((spec) => spec.priority)).toEqual(feeds.map((_, index) => index));
    const all = names({ ...ONLY_DEFAULTS, readRbac: true, readIngress: true });
    expect(new Set(['nodes', 'pods', ...skippableFeeds()])).toEqual(new Set(all));
  });

  it('gives every feed a name of its own and a policy that exists, and uses every policy', () => {
    const feeds = allFeeds({ ...EVERYTHING, extraKinds: ['example.com/v1/widgets:workload'] });
    expect(new Set(feeds.map((spec) => spec.name)).size).toBe(feeds.length);
    expect(new Set(feeds.map((spec) => spec.scrub))).toEqual(new Set(Object.keys(RULES)));
  });

  it('prefers the second version of autoscalers and never reads both', () => {
    const autoscalers = allFeeds(EVERYTHING).filter((spec) => spec.group === 'autoscaling');
    expect(autoscalers.map((spec) => spec.versions)).toEqual([['v2', 'v1']]);
  });

  it('narrows events to memory evictions and to those of the autoscaler', () => {
    const events = allFeeds(ONLY_DEFAULTS).filter((spec) => spec.resource === 'events');
    expect(events.map((spec) => spec.fieldSelector)).toEqual([
      'involvedObject.kind=Pod,reason=Evicted',
      'reportingComponent=autoscaler.cast.ai',
    ]);
  });

  it('polls usage, which cannot be watched, and watches the rest', () => {
    const polled = allFeeds(EVERYTHING).filter((spec) => spec.mode === 'poll');
    expect(polled.map((spec) => spec.kind)).toEqual(['NodeMetrics', 'PodMetrics']);
  });
});

describe('listPath', () => {
  const path = (group: string, resource: string, namespace: string): string =>
    listPath({ group, resource, namespace }, 'v1');

  it('tells the core group from the others', () => {
    expect(path('', 'pods', '')).toBe('/api/v1/pods');
    expect(path('apps', 'deployments', '')).toBe('/apis/apps/v1/deployments');
  });

  it('keeps an odd namespace inside its part of the path', () => {
    expect(path('', 'configmaps', '../secrets')).toBe('/api/v1/namespaces/..%2Fsecrets/configmaps');
  });
});
