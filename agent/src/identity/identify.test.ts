import { describe, expect, it } from 'vitest';
import type { IdentityEvidence, IdentityOverrides, NodeEvidence, OpenShiftEvidence } from './evidence.ts';
import { identify, type Verdict } from './identify.ts';

const UID = '7d2f8c1e-5f60-4c3a-9d4e-0a1b2c3d4e5f';
const AKS_ID =
  'azure:///subscriptions/0b1f6471/resourceGroups/mc_shop_prod_westeurope/providers/Microsoft.Compute/virtualMachines/';

const node = (name: string, providerId: string, labels: Record<string, string>): NodeEvidence => ({
  name,
  providerId,
  labels,
  isUninitialized: false,
  isVirtual: false,
});
const aksNode = node('aks-a', `${AKS_ID}a`, {
  'kubernetes.azure.com/cluster': 'MC_shop_prod_westeurope',
  'topology.kubernetes.io/region': 'westeurope',
});
const eksNode = node('ip-10-0-0-4', 'aws:///eu-central-1a/i-0123', { 'eks.amazonaws.com/nodegroup': 'a' });
const gkeNode = node('gke-shop-pool-1-7c1d2e3f-x1yz', 'gce://shop-prod/europe-west3-a/gke-shop-pool-1-7c1d2e3f-x1yz', {
  'cloud.google.com/gke-nodepool': 'pool-1',
  'topology.kubernetes.io/region': 'europe-west3',
});
const kindNode = node('kind-control-plane', 'kind://docker/kind/kind-control-plane', {});
const bareNode = node('rack-1', '', {});

const NO_OPENSHIFT: OpenShiftEvidence = { internalId: '', infrastructureName: '', cloud: '', region: '' };
const evidence = (nodes: readonly NodeEvidence[], more: Partial<IdentityEvidence> = {}): IdentityEvidence => ({
  nodes,
  overrides: {},
  kubeSystemUid: UID,
  kubeSystemAnnotations: {},
  openshift: NO_OPENSHIFT,
  ...more,
});
const verdict = (nodes: readonly NodeEvidence[], overrides: IdentityOverrides = {}): Verdict =>
  identify(evidence(nodes, { overrides }));
const registered = (nodes: readonly NodeEvidence[], overrides: IdentityOverrides = {}): unknown => {
  const result = verdict(nodes, overrides);
  return result.kind === 'register' ? result.registration : result;
};
const ANYWHERE = { name: '', provider: { kind: 'anywhere', clusterName: '', kubeSystemNamespaceId: UID } };

describe('AKS', () => {
  const expected = {
    name: '',
    provider: {
      kind: 'aks',
      region: 'westeurope',
      nodeResourceGroup: 'MC_shop_prod_westeurope',
      subscriptionId: '0b1f6471',
    },
  };

  it('is told by providerID and labels, with the group spelled as the label does', () => {
    expect(registered([aksNode])).toEqual(expected);
  });

  it('is told whichever node comes first, also beside nodes that say nothing', () => {
    const lower = node('aks-b', `${AKS_ID}b`, { ...aksNode.labels, 'kubernetes.azure.com/cluster': 'cut-off' });
    const fresh = { ...node('aks-c', '', {}), isUninitialized: true };
    expect(registered([aksNode, lower, fresh])).toEqual(expected);
    expect(registered([fresh, lower, aksNode])).toEqual(expected);
  });

  it('takes the group of the providerID when the label was cut to its 63 characters', () => {
    const labels = { ...aksNode.labels, 'kubernetes.azure.com/cluster': 'MC_shop' };
    expect(registered([{ ...aksNode, labels }])).toMatchObject({
      provider: { nodeResourceGroup: 'mc_shop_prod_westeurope' },
    });
  });

  it('lets the operator give parts of it', () => {
    const labels = { 'kubernetes.azure.com/cluster': 'MC_shop_prod_westeurope' };
    expect(registered([{ ...aksNode, labels }], { aksLocation: 'northeurope' })).toMatchObject({
      provider: { region: 'northeurope', subscriptionId: '0b1f6471' },
    });
  });

  it('is not what runs on machines of Azure without being AKS', () => {
    expect(registered([node('vm', `${AKS_ID}vm`, {})])).toEqual(ANYWHERE);
  });

  it('that cannot be told in full is registered by the uid of kube-system, and says why', () => {
    const labels = { 'kubernetes.azure.com/cluster': 'MC_shop_prod_westeurope' };
    expect(verdict([{ ...aksNode, labels }])).toEqual({
      kind: 'register',
      registration: ANYWHERE,
      reasons: [
        'nodes are of aks, but no node tells the region; set AKS_LOCATION',
        'the uid of kube-system is the identity',
      ],
    });
  });
});

const channel = (name: string): string =>
  JSON.stringify({
    version: '9.99.0',
    channel: `s3://states-of-shop/${name}/addons/bootstrap-channel.yaml`,
    manifestHash: 'a',
  });
const ec2 = (name: string, zone: string, labels: Record<string, string> = {}): NodeEvidence =>
  node(name, `aws:///${zone}/i-0${name}`, labels);

describe('kops', () => {
  const kubeSystemAnnotations = {
    'addons.k8s.io/core.addons.k8s.io': channel('shop.example.com'),
    'addons.k8s.io/dns-controller.addons.k8s.io': channel('shop.example.com'),
    'addons.k8s.io/broken': '{"channel":7}',
    'example.com/other': channel('another'),
  };
  const expected = {
    id: UID,
    name: 'shop.example.com',
    provider: {
      kind: 'kops',
      cloud: 'aws',
      region: 'eu-west-1',
      clusterName: 'shop.example.com',
      stateStore: 'states-of-shop',
    },
  };

  it('is told by the addons of kube-system, whichever nodes there are', () => {
    for (const nodes of [
      [ec2('a', 'eu-west-1a')],
      [ec2('b', 'eu-west-1b', { 'topology.kubernetes.io/region': 'eu-west-1' }), bareNode],
    ]) {
      expect(identify(evidence(nodes, { kubeSystemAnnotations }))).toEqual({
        kind: 'register',
        registration: expected,
        reasons: ['addons of kube-system, providerID and labels of the nodes'],
      });
    }
  });

  it('may run on Google Cloud', () => {
    expect(identify(evidence([{ ...gkeNode, labels: {} }], { kubeSystemAnnotations }))).toMatchObject({
      registration: { provider: { kind: 'kops', cloud: 'gcp', region: 'europe-west3' } },
    });
  });

  it('lets the operator give each part', () => {
    const overrides = { kopsCsp: 'gcp', kopsRegion: 'r', kopsClusterName: 'n', kopsStateStore: 's' };
    expect(registered([bareNode], overrides)).toEqual({
      id: UID,
      name: 'n',
      provider: { kind: 'kops', cloud: 'gcp', region: 'r', clusterName: 'n', stateStore: 's' },
    });
  });

  it('that is only said to be kops is an error, not another identity', () => {
    expect(verdict([ec2('a', 'eu-west-1a')], { provider: 'kops' })).toEqual({
      kind: 'unknown',
      problems: [
        "no addon of kube-system tells the cluster's name; set KOPS_CLUSTER_NAME",
        'no addon of kube-system tells the state store; set KOPS_STATE_STORE',
      ],
      isFinal: true,
    });
  });
});

describe('OpenShift', () => {
  const openshift = { internalId: 'in-1', infrastructureName: 'shop-x7k2p', cloud: 'aws', region: 'eu-west-1' };
  const worker = ec2('w', 'eu-west-1a', { 'node.openshift.io/os_id': 'rhcos' });
  const expected = {
    id: UID,
    name: 'shop-x7k2p',
    provider: { kind: 'openshift', cloud: 'aws', region: 'eu-west-1', clusterName: 'shop-x7k2p', internalId: 'in-1' },
  };

  it('is told by its own objects, whatever it runs on', () => {
    for (const nodes of [[worker], [bareNode], [eksNode], [aksNode]]) {
      expect(identify(evidence(nodes, { openshift }))).toMatchObject({ kind: 'register', registration: expected });
    }
  });

  it('takes cloud and region from the nodes where its objects do not tell them, as on Azure', () => {
    const azure = node('a', `${AKS_ID}a`, { 'topology.kubernetes.io/region': 'westeurope' });
    expect(identify(evidence([azure], { openshift: { ...openshift, cloud: 'azure', region: '' } }))).toMatchObject({
      registration: { provider: { cloud: 'azure', region: 'westeurope' } },
    });
  });

  it('whose objects may not be read is registered by the uid of kube-system, and says what is missing', () => {
    expect(verdict([worker])).toEqual({
      kind: 'register',
      registration: ANYWHERE,
      reasons: [
        "nodes are of openshift, but no ClusterVersion that the agent may read tells the id of the cluster; set OPENSHIFT_INTERNAL_ID; no Infrastructure that the agent may read tells the cluster's name; set OPENSHIFT_CLUSTER_NAME",
        'the uid of kube-system is the identity',
      ],
    });
  });

  it('that is named waits for its objects: rights may be granted', () => {
    expect(verdict([worker], { provider: 'openshift' })).toMatchObject({ kind: 'unknown', isFinal: false });
  });

  it('lets the operator give each part', () => {
    const overrides = {
      openshiftCsp: 'aws',
      openshiftRegion: 'eu-west-1',
      openshiftClusterName: 'shop-x7k2p',
      openshiftInternalId: 'in-1',
    };
    expect(registered([bareNode], overrides)).toEqual(expected);
  });
});

describe('a cluster of one’s own on EC2', () => {
  const given = { selfhostedec2AccountId: '5.8e+11', selfhostedec2ClusterName: 'shop' };

  it('takes account and name from the operator, and the region from the nodes', () => {
    expect(registered([ec2('a', 'eu-west-1a'), bareNode], { provider: 'selfhostedec2', ...given })).toEqual({
      name: 'shop',
      provider: {
        kind: 'self_hosted_with_ec2_nodes',
        clusterName: 'shop',
        region: 'eu-west-1',
        accountId: '580000000000',
      },
    });
    expect(registered([bareNode], { ...given, selfhostedec2Region: 'r' })).toMatchObject({ provider: { region: 'r' } });
  });

  it('cannot be told without them', () => {
    expect(verdict([ec2('a', 'eu-west-1a')], { provider: 'selfhostedec2' })).toEqual({
      kind: 'unknown',
      problems: [
        'no node tells the AWS account; set SELFHOSTEDEC2_ACCOUNT_ID',
        "no node tells the cluster's name; set SELFHOSTEDEC2_CLUSTER_NAME",
      ],
      isFinal: true,
    });
    expect(registered([ec2('a', 'eu-west-1a')])).toEqual(ANYWHERE);
  });
});

describe('EKS', () => {
  it('needs the account from the operator', () => {
    expect(verdict([eksNode])).toEqual({
      kind: 'register',
      registration: ANYWHERE,
      reasons: [
        "nodes are of eks, but no node tells the AWS account; set EKS_ACCOUNT_ID; no node tells the cluster's name; set EKS_CLUSTER_NAME",
        'the uid of kube-system is the identity',
      ],
    });
  });

  it('takes account and name from the operator and the region from the nodes', () => {
    const expected = {
      name: 'shop',
      provider: { kind: 'eks', clusterName: 'shop', region: 'eu-central-1', accountId: '580000000012' },
    };
    expect(registered([eksNode], { eksAccountId: '580000000012', eksClusterName: 'shop' })).toEqual(expected);
  });

  it('takes the name from eksctl and the region of a local zone', () => {
    const local = node('n', 'aws:///us-west-2-lax-1a/i-0123', { 'alpha.eksctl.io/cluster-name': 'shop' });
    expect(registered([local], { eksAccountId: '000000000012' })).toMatchObject({
      provider: { clusterName: 'shop', region: 'us-west-2' },
    });
  });

  it('repairs an account id that YAML took for a number', () => {
    const account = (eksAccountId: string): unknown =>
      registered([eksNode], { eksAccountId, eksClusterName: 'shop', eksRegion: 'eu-central-1' });
    expect(account('5.8e+11')).toMatchObject({ provider: { accountId: '580000000000' } });
    expect(account('12345678901')).toMatchObject({ provider: { accountId: '012345678901' } });
    expect(account('shop')).toMatchObject({ kind: 'unknown', isFinal: true });
  });
});

describe('GKE', () => {
  it('is told by providerID, name and labels of its nodes', () => {
    expect(registered([gkeNode])).toEqual({
      name: 'shop',
      provider: {
        kind: 'gke',
        region: 'europe-west3',
        projectId: 'shop-prod',
        clusterName: 'shop',
        location: 'europe-west3',
      },
    });
  });

  it('takes the location of a zonal cluster from the operator', () => {
    expect(registered([gkeNode], { gkeLocation: 'europe-west3-a' })).toMatchObject({
      provider: { clusterName: 'shop', location: 'europe-west3-a', region: 'europe-west3' },
    });
  });

  const clusterName = (name: string, pool: string): unknown => {
    const result = verdict([
      { ...gkeNode, name, labels: { ...gkeNode.labels, 'cloud.google.com/gke-nodepool': pool } },
    ]);
    return result.kind === 'register' ? result.registration.name : result;
  };

  it('reads the name of the cluster up to the pool, also of Autopilot and of a pool that was cut', () => {
    expect(clusterName('gke-my-shop-pool-1-7c1d2e3f-x1yz', 'pool-1')).toBe('my-shop');
    expect(clusterName('gk3-my-shop-pool-1-7c1d2e3f-x1yz', 'pool-1')).toBe('my-shop');
    expect(clusterName('gke-my-shop-memory-optimi-7c1d2e3f-x1yz', 'memory-optimised')).toBe('my-shop');
  });

  it('does not guess a name that may have been cut or that nothing proves', () => {
    expect(clusterName('gke-a-cluster-with-a-long-name-pool-1-7c1d2e3f-x1yz', 'pool-1')).toBe('');
    expect(clusterName('gke-my-shop-other-7c1d2e3f-x1yz', 'pool-1')).toBe('');
    expect(clusterName('worker-1', 'pool-1')).toBe('');
  });
});

describe('any other cluster', () => {
  it('is registered by the uid of kube-system', () => {
    expect(registered([kindNode])).toEqual(ANYWHERE);
    expect(registered([bareNode])).toEqual(ANYWHERE);
  });

  it('bears the name that the operator gives', () => {
    expect(registered([kindNode], { anywhereClusterName: 'lab' })).toEqual({
      name: 'lab',
      provider: { kind: 'anywhere', clusterName: 'lab', kubeSystemNamespaceId: UID },
    });
  });

  it('is what the operator says it is, whatever its nodes look like', () => {
    expect(registered([aksNode], { provider: 'anywhere' })).toEqual(ANYWHERE);
  });

  it('is of the provider that most of its nodes are of, whichever come first and whatever joins it from elsewhere', () => {
    const second = { ...aksNode, name: 'aks-b', providerId: `${AKS_ID}b` };
    const expected = registered([aksNode]);
    for (const nodes of [
      [aksNode, second, eksNode],
      [eksNode, bareNode, second, aksNode],
      [kindNode, bareNode, aksNode],
    ]) {
      expect(registered(nodes)).toEqual(expected);
    }
    // Their regions are not its own.
    const region = { 'topology.kubernetes.io/region': 'eu-central-1' };
    const hybrid = node('rack-2', 'eks-hybrid:///eu-central-1/shop/mi-1', {
      'topology.kubernetes.io/region': 'basement',
    });
    const eks = { ...eksNode, labels: { ...eksNode.labels, ...region } };
    expect(registered([hybrid, eks], { eksAccountId: '580000000012', eksClusterName: 'shop' })).toMatchObject({
      provider: { kind: 'eks', region: 'eu-central-1' },
    });
  });

  it('may span several clouds', () => {
    expect(verdict([aksNode, eksNode])).toMatchObject({
      registration: ANYWHERE,
      reasons: ['nodes are of aks and eks', 'the uid of kube-system is the identity'],
    });
  });
});

describe('what is not known', () => {
  it('is waited for while no node has been seen by its cloud', () => {
    const problems = ['no node is known to its cloud yet; set PROVIDER if this cluster has none'];
    expect(verdict([])).toEqual({ kind: 'unknown', problems, isFinal: false });
    expect(verdict([{ ...bareNode, isUninitialized: true }])).toEqual({ kind: 'unknown', problems, isFinal: false });
    expect(verdict([], { provider: 'aks' })).toMatchObject({ kind: 'unknown', isFinal: false });
  });

  it('is told in full when the operator named the provider', () => {
    expect(verdict([kindNode], { provider: 'aks', aksLocation: 'westeurope' })).toEqual({
      kind: 'unknown',
      problems: [
        'no node tells the subscription; set AKS_SUBSCRIPTION_ID',
        'no node tells the node resource group; set AKS_NODE_RESOURCE_GROUP',
      ],
      isFinal: true,
    });
  });

  it('is waited for while the nodes of today do not tell it: others told it before, and others may again', () => {
    const karpenter = node('ip-10', 'aws:///eu-central-1a/i-1', { 'topology.kubernetes.io/region': 'eu-central-1' });
    const problems = ["no node tells the cluster's name; set EKS_CLUSTER_NAME"];
    const account = { eksAccountId: '580000000012' };
    expect(verdict([karpenter], account)).toEqual({ kind: 'unknown', problems, isFinal: false });
    const fargate = node('fargate-ip-10', 'aws:///eu-central-1a/0a1b/fargate-ip-10', karpenter.labels);
    expect(verdict([fargate], account)).toEqual({ kind: 'unknown', problems, isFinal: false });
    expect(verdict([karpenter], { provider: 'eks' })).toMatchObject({ isFinal: true });
    const hybrid = node('mi-0a1b', 'eks-hybrid:///eu-central-1/shop/mi-0a1b', {
      'eks.amazonaws.com/compute-type': 'hybrid',
    });
    const provider = { kind: 'eks', clusterName: 'shop', region: 'eu-central-1', accountId: account.eksAccountId };
    for (const nodes of [[hybrid], [karpenter, hybrid]])
      expect(verdict(nodes, account)).toMatchObject({ kind: 'register', registration: { name: 'shop', provider } });
    const odd = { ...hybrid, providerId: 'eks-hybrid:///' };
    expect(verdict([odd], account)).toMatchObject({ kind: 'unknown', isFinal: false });
    const virtual = { ...node('virtual-node-aci-linux', '', {}), isVirtual: true };
    expect(verdict([virtual])).toMatchObject({ kind: 'unknown', isFinal: false });
    expect(verdict([virtual], { provider: 'aks' })).toMatchObject({ kind: 'unknown', isFinal: false });
    expect(verdict([bareNode], { provider: 'gke' })).toMatchObject({ kind: 'unknown', isFinal: false });
    const other = { ...aksNode, name: 'b', providerId: aksNode.providerId.replace('0b1f6471', 'ffff') };
    expect(verdict([aksNode, other], { provider: 'aks' })).toMatchObject({ isFinal: false });
  });

  it('is a contradiction when variables of several providers are set', () => {
    expect(verdict([aksNode], { provider: 'aks', eksRegion: 'eu-central-1', gkeRegion: 'europe-west3' })).toEqual({
      kind: 'unknown',
      problems: [
        'PROVIDER=aks, EKS_REGION, GKE_REGION speak of different providers (aks, eks, gke); unset those that do not apply',
      ],
      isFinal: true,
    });
  });

  it('is a disagreement of the nodes that only the operator can settle', () => {
    const other = { ...aksNode, providerId: aksNode.providerId.replace('0b1f6471', 'ffff') };
    expect(verdict([aksNode, other], { provider: 'aks' })).toMatchObject({
      problems: ['nodes disagree on the subscription (0b1f6471, ffff); set AKS_SUBSCRIPTION_ID'],
    });
    expect(registered([aksNode, other], { aksSubscriptionId: 'ffff' })).toMatchObject({
      provider: { subscriptionId: 'ffff' },
    });
  });
});

it('does not register when the operator gives the id', () => {
  expect(verdict([], { clusterId: 'c-1' })).toEqual({
    kind: 'fixed',
    clusterId: 'c-1',
    reasons: ['CLUSTER_ID is set'],
  });
});
