import type { SeededRandom } from '@castai/shared/testing/seeded-random.ts';

/** What every pod of one workload has in common. */
export interface PodTemplate {
  readonly app: string;
  readonly annotations: Record<string, string>;
  readonly spec: {
    readonly containers: readonly Container[];
    readonly volumes: readonly unknown[];
    readonly [field: string]: unknown;
  };
}

interface Requests {
  readonly cpu: string;
  readonly memory: string;
}

interface Container {
  readonly name: string;
  readonly image: string;
  readonly resources: {
    readonly requests: Record<string, string>;
    readonly limits: Record<string, string>;
  };
  readonly volumeMounts: readonly unknown[];
  readonly [field: string]: unknown;
}

/** Labels of the workload's pods, without those that differ from pod to pod. */
export function templateLabels({ app }: PodTemplate): Record<string, string> {
  return {
    app,
    'app.kubernetes.io/name': app,
    'app.kubernetes.io/managed-by': 'Helm',
  };
}

/** The template as it stands inside a workload. */
export function templateBody(template: PodTemplate, extraLabels: Readonly<Record<string, string>> = {}): unknown {
  return {
    metadata: { labels: { ...templateLabels(template), ...extraLabels }, annotations: template.annotations },
    spec: template.spec,
  };
}

/** What a template's main container asks for, millicores and MiB; a proxy of a sixth of it stands beside it. */
const ASKED = [
  { milli: 60, mib: 256 },
  { milli: 100, mib: 512 },
  { milli: 120, mib: 512 },
  { milli: 150, mib: 768 },
  { milli: 250, mib: 1024 },
] as const;
const PROXY_SHARE = 1 / 6;

/** Millicores that a pod asks for on average. */
export const USUAL_MILLI = (ASKED.reduce((sum, { milli }) => sum + milli, 0) / ASKED.length) * (1 + PROXY_SHARE);

/** What a pod asks for: millicores, and MiB. */
export interface Asked {
  readonly milli: number;
  readonly mib: number;
}

/** What a pod of the template asks for. */
export function askedBy({ spec }: PodTemplate): Asked {
  const sum = (name: string): number =>
    spec.containers.reduce((all, { resources }) => all + Number.parseInt(resources.requests[name] ?? '0', 10), 0);
  return { milli: sum('cpu'), mib: sum('memory') };
}

/**
 * A service with a proxy beside it: two containers, environment with values that look like secrets, probes, volumes. `scale` makes what it
 * asks for smaller, where many pods have to share few nodes.
 */
export function podTemplate(random: SeededRandom, app: string, scale = 1): PodTemplate {
  const { milli, mib } = random.pick<(typeof ASKED)[number]>(ASKED);
  const [main, proxy] = [scale, scale * PROXY_SHARE].map((share) => ({
    cpu: `${Math.max(5, Math.round(milli * share))}m`,
    memory: `${Math.max(8, Math.round(mib * share))}Mi`,
  })) as [Requests, Requests];
  const image = `registry.example.com/shop/${app}:v1.${random.integer(40)}.${random.integer(9)}`;
  return {
    app,
    annotations: {
      'checksum/config': random.hex(16),
      'prometheus.io/scrape': 'true',
    },
    spec: {
      containers: [
        {
          name: 'main',
          image,
          args: ['serve', '--listen=:8080', `--shard=${random.integer(16)}`, `--api-token=tok_${random.hex(24)}`],
          ports: [{ name: 'http', containerPort: 8080, protocol: 'TCP' }],
          env: [
            { name: 'DATABASE_URL', value: `postgres://shop:${random.hex(16)}@db.example.com:5432/shop` },
            { name: 'API_SECRET_KEY', value: `sk_live_${random.hex(32)}` },
            { name: 'PASSWORD', valueFrom: { secretKeyRef: { name: `${app}-credentials`, key: 'password' } } },
          ],
          resources: {
            requests: { ...main },
            limits: { cpu: '1', memory: '2Gi' },
          },
          livenessProbe: probe('/live', 10),
          readinessProbe: probe('/ready', 5),
          volumeMounts: [{ name: 'config', readOnly: true, mountPath: '/etc/app' }],
          ...CONTAINER_DEFAULTS,
        },
        {
          name: 'proxy',
          image: 'registry.example.com/edge/proxy:v3.2.1',
          resources: {
            requests: { ...proxy },
            limits: { cpu: '200m', memory: '256Mi' },
          },
          volumeMounts: [],
          ...CONTAINER_DEFAULTS,
        },
      ],
      dnsPolicy: 'ClusterFirst',
      restartPolicy: 'Always',
      schedulerName: 'default-scheduler',
      securityContext: { runAsNonRoot: true, runAsUser: 65532 },
      terminationGracePeriodSeconds: 30,
      volumes: [{ name: 'config', configMap: { name: `${app}-config`, defaultMode: 420 } }],
    },
  };
}

const CONTAINER_DEFAULTS = {
  imagePullPolicy: 'IfNotPresent',
  terminationMessagePath: '/dev/termination-log',
  terminationMessagePolicy: 'File',
};

function probe(path: string, periodSeconds: number): unknown {
  return {
    httpGet: { path, port: 8080, scheme: 'HTTP' },
    initialDelaySeconds: 3,
    timeoutSeconds: 1,
    periodSeconds,
    successThreshold: 1,
    failureThreshold: 3,
  };
}
