import { defineOptions } from './option-table.ts';

/** Options that mean the same in several programs; each table takes those that it has, in its own order. */
export const COMMON_OPTIONS = defineOptions({
  apiKey: {
    kind: 'secret',
    variable: 'API_KEY',
    required: true,
    meaning: "The platform's key of this organisation; a file is followed when it changes.",
  },
  apiUrl: { kind: 'url', variable: 'API_URL', required: true, meaning: "The platform's address." },
  clusterId: {
    kind: 'string',
    variable: 'CLUSTER_ID',
    required: true,
    meaning: 'Id that the platform gave this cluster.',
  },
  caFile: {
    kind: 'file',
    variable: 'TLS_CA_CERT_FILE',
    meaning: "PEM file with certificates that are trusted besides the system's own, as behind a TLS-inspecting proxy.",
  },
  serviceAccountDir: {
    kind: 'string',
    variable: 'SERVICE_ACCOUNT_DIR',
    default: '/var/run/secrets/kubernetes.io/serviceaccount',
    meaning: "Folder with the service account's token and ca.crt.",
  },
  kubeconfig: {
    kind: 'file',
    variable: 'KUBECONFIG',
    meaning: 'Kubeconfig to use outside of a cluster.',
  },
  podName: {
    kind: 'string',
    variable: 'POD_NAME',
    meaning: 'Name of the pod, told in the Lease; a container that starts anew in the same pod then need not wait.',
  },
  podTokenFile: {
    kind: 'string',
    variable: 'POD_TOKEN_FILE',
    meaning:
      'File with a service account token of this pod for the platform, which says which node a report is from; read for each request, and gone without when it is missing.',
  },
  adminHost: {
    kind: 'string',
    variable: 'ADMIN_HOST',
    default: '',
    meaning: 'Address of /healthz, /readyz, /metrics and /statusz; empty: every address, IPv6 and IPv4.',
  },
  logLevel: {
    kind: 'enum',
    variable: 'LOG_LEVEL',
    values: ['debug', 'info', 'warn', 'error'],
    default: 'info',
    meaning: 'The least important lines to log.',
  },
  logFormat: {
    kind: 'enum',
    variable: 'LOG_FORMAT',
    values: ['auto', 'json', 'text'],
    default: 'auto',
    meaning:
      'How lines are logged; auto: readable on a terminal, in colour unless NO_COLOR is set, and JSON elsewhere.',
  },
});
