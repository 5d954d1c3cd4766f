/**
 * What people and controllers write into the fields that leave, planted where they write it: none of it may come out by default, and
 * what an ordinary cluster must tell stands beside it and has to.
 */
import { describe, expect, it } from 'vitest';
import { allFeeds } from '../feeds/feeds.ts';
import { rulesFor, scrubObject } from './scrub-json.ts';

const FEEDS = allFeeds({ configMapNamespaces: ['shop'], readRbac: true, readIngress: true });

/** What leaves of an object of a kind, as text. */
function leaving(kind: string, object: object): string {
  const feed = FEEDS.find((spec) => spec.kind === kind);
  if (feed === undefined) throw new Error(`no feed reads ${kind}`);
  const metadata = { name: 'n', namespace: 'shop', uid: 'u' };
  return JSON.stringify(
    scrubObject(rulesFor(feed, { reenable: new Set(), annotationPrefixes: [] }), { metadata, ...object }),
  );
}

interface Plant {
  readonly what: string;
  readonly kind: string;
  readonly object: object;
  /** Words that may not leave. */
  readonly held: readonly string[];
  /** What has to leave of the same object. */
  readonly sent?: readonly string[];
}

const pod = (main: object): object => ({ spec: { containers: [{ name: 'main', ...main }] } });
const externalMetric = (name: string): object => {
  const external = { metric: { name, selector: { matchLabels: { 'scaledobject.keda.sh/name': 'acme' } } } };
  return { spec: { metrics: [{ type: 'External', external: { ...external, target: { averageValue: '5' } } }] } };
};
const volume = (driver: string, volumeHandle: string): object => ({ spec: { csi: { driver, volumeHandle } } });

const PLANTS: readonly Plant[] = [
  {
    what: 'the address of a person in a role binding',
    kind: 'RoleBinding',
    object: { roleRef: { kind: 'Role', name: 'admin' }, subjects: [{ kind: 'User', name: 'jane.doe@example.com' }] },
    held: ['jane'],
    sent: ['{"kind":"User","count":1}', '"name":"admin"'],
  },
  {
    what: 'roles of a cloud and groups of a directory in a cluster role binding',
    kind: 'ClusterRoleBinding',
    object: {
      roleRef: { kind: 'ClusterRole', name: 'view' },
      subjects: [
        { kind: 'Group', name: 'arn:aws:iam::123456789012:role/payroll' },
        { kind: 'Group', name: '7e9f0a66-0c1b-4f0e-9d53-2f4c7f0d1a11' },
        { kind: 'ServiceAccount', name: 'deployer', namespace: 'ci' },
      ],
    },
    held: ['payroll', '123456789012', '7e9f0a66'],
    sent: ['{"kind":"ServiceAccount","name":"deployer","namespace":"ci"}', '{"kind":"Group","count":2}'],
  },
  {
    what: 'names of Secrets and paths in a role',
    kind: 'ClusterRole',
    object: {
      rules: [
        { apiGroups: [''], resources: ['secrets'], resourceNames: ['stripe-live-key', 'db'], verbs: ['get'] },
        { nonResourceURLs: ['/acme/*'], verbs: ['get'] },
      ],
    },
    held: ['stripe', 'acme'],
    sent: ['"resources":["secrets"]', '"resourceNames":2', '"nonResourceURLs":1'],
  },
  {
    what: 'a queue in the name of a metric of KEDA',
    kind: 'HorizontalPodAutoscaler',
    object: externalMetric('s0-rabbitmq-acme-bank-payouts'),
    held: ['acme', 'payouts'],
    sent: ['"name":"s0-rabbitmq"', '"averageValue":"5"'],
  },
  {
    what: 'the name of an external metric of somebody else',
    kind: 'HorizontalPodAutoscaler',
    object: externalMetric('acme_bank_queue'),
    held: ['acme'],
    sent: ['"type":"External"'],
  },
  {
    what: 'the selector of an external metric in an annotation of version 1',
    kind: 'HorizontalPodAutoscaler',
    object: {
      metadata: { name: 'n', annotations: { 'autoscaling.alpha.kubernetes.io/metrics': '[{"queue":"acme-bank"}]' } },
    },
    held: ['acme'],
  },
  {
    what: 'server and path of a share in the handle of its volume',
    kind: 'PersistentVolume',
    object: volume('nfs.csi.k8s.io', 'nas01.corp.example#/exports/hr/payroll##'),
    held: ['nas01', 'payroll'],
    sent: ['nfs.csi.k8s.io'],
  },
  {
    what: 'account and share in the handle of a file share',
    kind: 'PersistentVolume',
    object: volume('file.csi.azure.com', 'mc_rg#acmestorage#salaries#'),
    held: ['acmestorage', 'salaries'],
  },
  {
    what: 'a bucket in the handle of a volume',
    kind: 'PersistentVolume',
    object: volume('s3.csi.aws.com', 's3-acme-customer-exports'),
    held: ['acme'],
  },
  {
    what: 'nothing of a disk, whose id a bill has',
    kind: 'PersistentVolume',
    object: volume('ebs.csi.aws.com', 'vol-0123456789abcdef0'),
    held: [],
    sent: ['vol-0123456789abcdef0'],
  },
  {
    what: 'cloud tags, owners and names in the selectors of a node class',
    kind: 'EC2NodeClass',
    object: {
      spec: {
        tags: { owner: 'jane.doe@example.com' },
        subnetSelectorTerms: [{ id: 'subnet-1', tags: { owner: 'jane.doe@example.com', vpc: 'acme-prod' } }],
        securityGroupSelectorTerms: [{ name: 'acme-nodes' }],
        amiSelectorTerms: [{ alias: 'al2023@latest' }, { owner: '123456789012', name: 'acme-ami' }],
        capacityReservationSelectorTerms: [{ ownerID: '123456789012' }],
      },
      status: { subnets: [{ id: 'subnet-1', zone: 'eu-central-1a' }] },
    },
    held: ['jane', 'acme', '123456789012'],
    sent: ['al2023@latest', '"status":{"subnets":[{"id":"subnet-1","zone":"eu-central-1a"}]}'],
  },
  {
    what: 'cloud tags in the selectors of an old node template',
    kind: 'AWSNodeTemplate',
    object: {
      spec: { subnetSelector: { owner: 'jane' }, securityGroupSelector: { a: 'acme' }, amiSelector: { b: 'x1' } },
    },
    held: ['jane', 'acme', 'x1'],
  },
  {
    what: 'networks of customers in a network policy',
    kind: 'NetworkPolicy',
    object: {
      spec: { podSelector: {}, egress: [{ to: [{ ipBlock: { cidr: '203.0.113.7/32', except: ['10.20.0.0/16'] } }] }] },
    },
    held: ['203.0', '10.20'],
    sent: ['{"cidr":{"prefixLength":32,"isPrivate":false},"except":[{"prefixLength":16,"isPrivate":true}]}'],
  },
  {
    what: 'addresses and serial numbers that devices publish',
    kind: 'ResourceSlice',
    object: {
      spec: {
        devices: [
          {
            name: 'eth1',
            attributes: {
              'dra.net/ipv4': { string: '10.1.2.3/24' },
              'dra.net/mac': { string: '02:42:ac:11:00:02' },
              'dra.net/macAddress': { string: '02:42:ac:11:00:03' },
              'dra.net/ifName': { string: 'eth1' },
              uuid: { string: 'GPU-1c0a' },
              serialNumber: { string: 'SN-4711' },
              chip: { string: 'a100' },
              productName: { string: 'NVIDIA A100' },
            },
          },
        ],
      },
    },
    held: ['10.1.2.3', '02:42', 'GPU-1c0a', 'SN-4711'],
    sent: ['NVIDIA A100', '"chip":{"string":"a100"}', '"dra.net/ifName":{"string":"eth1"}'],
  },
  {
    what: 'subscription, group and network of a subnet',
    kind: 'AKSNodeClass',
    object: {
      spec: {
        vnetSubnetID:
          '/subscriptions/0000-1111/resourceGroups/payroll/providers/Microsoft.Network/virtualNetworks/corp/subnets/nodes',
      },
    },
    held: ['0000-1111', 'payroll', 'corp'],
    sent: ['"vnetSubnetID":"nodes"'],
  },
  {
    what: 'names of taints and claims in the verdict of the scheduler',
    kind: 'Pod',
    object: {
      status: {
        conditions: [
          {
            type: 'PodScheduled',
            status: 'False',
            reason: 'Unschedulable',
            message: '0/5 nodes are available: 5 node(s) had untolerated taint {customer: acme-bank}.',
          },
          { type: 'Ready', message: '0/5 nodes are available: 5 Insufficient acme.com/gpu.' },
        ],
      },
    },
    held: ['acme', 'customer'],
    sent: ['"verdict":{"nodes":5,"reasons":[{"reason":"UntoleratedTaint","count":5}]}', '{"type":"Ready"}'],
  },
  {
    what: 'names of an image in its id',
    kind: 'Pod',
    object: {
      status: {
        containerStatuses: [{ name: 'a', imageID: `registry.corp.example/titan@sha256:${'0a'.repeat(32)}` }],
        initContainerStatuses: [{ name: 'b', imageID: `registry.corp.example/titan@sha256:${'0b'.repeat(32)}` }],
      },
    },
    held: ['corp', 'titan'],
    sent: [`"imageID":"sha256:${'0a'.repeat(32)}"`, `"imageID":"sha256:${'0b'.repeat(32)}"`],
  },
  {
    what: 'prose, and a volume in full, of the attachment of a disk',
    kind: 'VolumeAttachment',
    object: {
      spec: {
        attacher: 'ebs.csi.aws.com',
        nodeName: 'node-1',
        source: { persistentVolumeName: 'pv-1', inlineVolumeSpec: { nfs: { server: 'nas01.corp.example' } } },
      },
      status: {
        attached: true,
        attachmentMetadata: { devicePath: '/dev/xvdba' },
        attachError: { message: 'token abc' },
      },
    },
    held: ['nas01', 'xvdba', 'token'],
    sent: ['"persistentVolumeName":"pv-1"', '"attached":true', '"attachError":{}', '"nodeName":"node-1"'],
  },
  {
    what: 'what somebody wrote of a priority',
    kind: 'PriorityClass',
    object: { value: 1000, globalDefault: true, preemptionPolicy: 'Never', description: 'for acme-bank' },
    held: ['acme'],
    sent: ['"value":1000', '"globalDefault":true', '"preemptionPolicy":"Never"'],
  },
  {
    what: 'role, key, tags and selectors of a node class of EKS Auto Mode',
    kind: 'NodeClass',
    object: {
      spec: {
        role: 'acme-nodes',
        tags: { owner: 'jane' },
        subnetSelectorTerms: [{ tags: { vpc: 'acme' } }],
        ephemeralStorage: { size: '80Gi', iops: 3000, throughput: 125, kmsKeyID: 'arn:acme' },
      },
      status: { subnets: [{ id: 'subnet-1', zone: 'eu-central-1a' }], instanceProfile: 'acme' },
    },
    held: ['acme', 'jane'],
    sent: ['"size":"80Gi"', '"subnets":[{"id":"subnet-1","zone":"eu-central-1a"}]'],
  },
  {
    what: 'values of variables, commands and arguments',
    kind: 'Pod',
    object: pod({ env: [{ name: 'A', value: 'hunter2' }], command: ['--password=hunter3'], args: ['hunter4'] }),
    held: ['hunter'],
    sent: ['"env":[{"name":"A"}]'],
  },
  {
    what: 'another annotation than the one of a static pod',
    kind: 'Pod',
    object: {
      metadata: { name: 'n', annotations: { 'kubernetes.io/config.mirror': '9f0e', 'kubernetes.io/x': 'acme' } },
    },
    held: ['acme'],
    sent: ['"kubernetes.io/config.mirror":"9f0e"'],
  },
  {
    what: 'what a tool applied last',
    kind: 'Deployment',
    object: {
      metadata: {
        name: 'n',
        annotations: {
          'kubectl.kubernetes.io/last-applied-configuration': 'hunter5',
          'kapp.k14s.io/original': 'hunter6',
          'objectset.rio.cattle.io/applied': 'hunter7',
          'consul.hashicorp.com/original-pod': 'hunter8',
        },
      },
    },
    held: ['hunter'],
  },
  {
    what: 'host, queue and query of a trigger of KEDA',
    kind: 'ScaledObject',
    object: {
      spec: {
        triggers: [
          {
            type: 'rabbitmq',
            metadata: { host: 'amqp://u:hunter9@mq', queueName: 'acme-q' },
            authenticationRef: { name: 'mq-auth' },
          },
        ],
      },
    },
    held: ['hunter9', 'acme-q', 'mq-auth'],
    sent: ['"type":"rabbitmq"'],
  },
  {
    what: 'patches of the pod mutator',
    kind: 'PodMutation',
    object: {
      spec: { patches: [{ op: 'add', value: 'hunter10' }], patchesV2: [{ operations: [{ value: 'hunter11' }] }] },
    },
    held: ['hunter'],
  },
  {
    what: 'addresses that devices publish by whatever name',
    kind: 'ResourceSlice',
    object: {
      spec: {
        devices: [
          {
            name: 'nic',
            attributes: {
              'vendor.example/primary': { string: '10.1.2.4' },
              'vendor.example/hostName': { string: 'nas02.corp' },
              'vendor.example/link': { string: 'fe80::42:acff:fe11:2' },
              'vendor.example/gid': { string: 'acme-gid' },
              'vendor.example/target': { string: 'iscsi://nas03/x' },
              'vendor.example/contact': { string: 'jane@example.com' },
              'resource.kubernetes.io/pciBusID': { string: '0000:17:00.0' },
            },
          },
        ],
      },
    },
    held: ['10.1.2.4', 'nas02', 'fe80', 'acme', 'nas03', 'jane'],
    sent: ['0000:17:00.0'],
  },
  ...(['gcsfuse.csi.storage.gke.io', 'efs.csi.aws.com', 'rook-ceph.rbd.csi.ceph.com', 'smb.csi.k8s.io'] as const).map(
    (driver) => ({
      what: `what a handle of ${driver} names`,
      kind: 'PersistentVolume',
      object: { spec: { csi: { driver, volumeHandle: 'acme-payroll', volumeAttributes: { source: '//nas04/hr' } } } },
      held: ['acme', 'nas04'],
      sent: [driver],
    }),
  ),
  {
    what: 'what an inline volume mounts',
    kind: 'Pod',
    object: {
      spec: {
        volumes: [
          {
            name: 'v',
            csi: {
              driver: 'secrets-store.csi.k8s.io',
              volumeAttributes: { secretProviderClass: 'acme-vault' },
              nodePublishSecretRef: { name: 'acme-creds' },
            },
          },
        ],
      },
    },
    held: ['acme'],
    sent: ['secrets-store.csi.k8s.io'],
  },
  ...[
    { type: 'kafka', metadata: { bootstrapServers: 'mq.corp:9092', topic: 'acme-orders', consumerGroup: 'acme' } },
    { type: 'postgresql', metadata: { connection: 'postgres://u:hunter2@db', query: 'select acme from hunter2' } },
    {
      type: 'prometheus',
      metadata: { serverAddress: 'http://u:hunter2@mon.corp', query: 'acme_total', threshold: '5' },
    },
    { type: 'aws-sqs-queue', metadata: { queueURL: 'https://sqs.eu.amazonaws.com/123456789012/acme' } },
    { type: 'azure-servicebus', name: 'acme-orders', metadata: { queueName: 'acme', connectionFromEnv: 'HUNTER2' } },
  ].map((trigger) => ({
    what: `what a trigger of KEDA for ${trigger.type} reads`,
    kind: 'ScaledObject',
    object: { spec: { triggers: [{ ...trigger, authenticationRef: { name: 'acme-auth' } }] } },
    held: ['acme', 'hunter2', 'HUNTER2', 'corp', '123456789012'],
    sent: [`"type":"${trigger.type}"`],
  })),
  {
    what: 'what other tools write down of an object in its annotations',
    kind: 'Deployment',
    object: {
      metadata: {
        name: 'n',
        annotations: Object.fromEntries(
          [
            'argocd.argoproj.io/tracking-id',
            'cert-manager.io/issuer-name',
            'external-dns.alpha.kubernetes.io/hostname',
            'fluxcd.io/last-applied',
            'k8s.v1.cni.cncf.io/network-status',
            'karpenter.k8s.alibabacloud/ecsnodeclass-user',
            'meta.helm.sh/release-name',
            'nginx.ingress.kubernetes.io/auth-url',
            'operator.example.com/lastAppliedConfig',
            'policies.kyverno.io/last-applied-patches',
            'vault.hashicorp.com/agent-inject-template-db',
          ].map((key) => [key, 'acme hunter2']),
        ),
      },
    },
    held: ['acme', 'hunter2'],
  },
];

describe('what leaves of an object', () => {
  it.each(PLANTS)('has not $what ($kind)', ({ kind, object, held, sent = [] }) => {
    const text = leaving(kind, object);
    expect({
      held: held.filter((word) => text.includes(word)),
      lost: sent.filter((word) => !text.includes(word)),
    }).toEqual({
      held: [],
      lost: [],
    });
  });
});
