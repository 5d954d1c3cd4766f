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

/** A service with a proxy beside it: two containers, environment with values that look like secrets, probes, volumes. */
export function podTemplate(random: SeededRandom, app: string): PodTemplate {
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
            requests: { cpu: '250m', memory: '256Mi' },
            limits: { cpu: '1', memory: '512Mi' },
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
            requests: { cpu: '50m', memory: '64Mi' },
            limits: { cpu: '200m', memory: '128Mi' },
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
