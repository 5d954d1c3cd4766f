import { parseArgs } from 'node:util';
import { withMeantFlag } from '@castai/shared/command/meant-flag.ts';
import { type Wire, WIRES } from '@castai/platform/front/route.ts';

/** Which cluster the demo shows. */
export type DemoSource =
  | { readonly kind: 'fake' }
  | { readonly kind: 'real' }
  | { readonly kind: 'kubeconfig'; readonly file: string };

/** What the command line asks for. */
export interface DemoOptions {
  readonly source: DemoSource;
  /** Compare and end, instead of running until Ctrl-C. */
  readonly once: boolean;
  /** One line of JSON on standard output. */
  readonly json: boolean;
  readonly nodes: number;
  readonly pods: number;
  /** Random changes per second while it runs. */
  readonly churn: number;
  /** Random changes before the comparison of `--once`. */
  readonly changes: number;
  readonly seed: number;
  /** Port of the platform's page; 0 takes a free one. */
  readonly port: number;
  /** What agent and platform speak. */
  readonly wire: Wire;
  /** The agent from its bundle, as images ship it, instead of from source. */
  readonly bundle: boolean;
  /** Also a spot handler on one node, which is interrupted now and then. */
  readonly spot: boolean;
  /** Also AKS init data on one node, up to its first sealed delivery. */
  readonly aks: boolean;
  /** Opens the page in a browser. */
  readonly open: boolean;
  /** Shows the agent's whole log rather than its warnings. */
  readonly verbose: boolean;
}

/** What `--help` prints. */
export const HELP = `The agent at work: streams a cluster to the reference platform, each as a process of its own.

  npm run demo [-- options]

Which cluster
  (none)            a fake API server with a realistic sample that keeps changing
  --real            a real kube-apiserver and etcd with the same sample, built with Go the first time
  --kubeconfig F    the cluster of a kubeconfig; nothing in it is changed

How
  --once            streams, makes random changes, compares every object, prints the result and ends;
                    exit code 0 only when the platform's picture equals the cluster
  --json            with --once: one line of JSON as the last line of standard output
  --nodes N         size of the sample: 50 unless told
  --pods N          size of the sample: 1000 unless told
  --churn N         random changes per second, 0 to stop: 5 unless told, none with --kubeconfig
  --changes N       random changes before the comparison: 200 unless told. With --kubeconfig none unless told, and then
                    only in a namespace castai-demo of its own, which it removes again
  --seed N          number from which sample and changes are made: 1 unless told
  --port N          port of the platform's page: a free one unless told
  --wire W          what agent and platform speak: ingest, their own protocol, unless told, or agent-deltas, that of
                    the existing agents
  --bundle          the agent as its image ships it, instead of from source
  --spot            also a spot handler on one node, whose machine is announced to end now and then
  --aks             also AKS init data on one node, with an Azure agent's folder made for it, up to its first delivery
  --open            opens the page in the browser
  --verbose         the agent's whole log rather than its warnings
  --help            this text
`;

/** Reads the command line; undefined: help was asked for. Throws `RangeError` that names the argument and what to give. */
export function parseDemoOptions(args: readonly string[]): DemoOptions | undefined {
  const values = parse(args);
  if (values.help) return undefined;
  const { kubeconfig, real, once, json, bundle, spot, aks, open, verbose } = values;
  if (kubeconfig !== undefined && real) throw new RangeError('--kubeconfig and --real are two clusters: give one');
  if (kubeconfig === '') throw new RangeError('--kubeconfig is empty: give the path of a file');
  if (json && !once) throw new RangeError('--json needs --once: without it nothing ends');
  if (open && once) throw new RangeError('--open shows something and --once compares: give one');
  if (values.changes !== undefined && !once)
    throw new RangeError('--changes needs --once; --churn changes all the time');
  const isOwn = kubeconfig === undefined;
  if (spot && !isOwn) throw new RangeError('--spot would mark a node of a cluster that is not ours');
  if (spot && once) throw new RangeError('--spot shows something and --once compares: give one');
  if (aks && !isOwn) throw new RangeError('--aks would keep a record in a cluster that is not ours');
  if (aks && once) throw new RangeError('--aks shows something and --once compares: give one');
  if (!isOwn && Number(values.churn) > 0) {
    throw new RangeError('--churn would change a cluster that is not ours: use --once --changes N');
  }
  return {
    source: kubeconfig === undefined ? { kind: real ? 'real' : 'fake' } : { kind: 'kubeconfig', file: kubeconfig },
    once,
    json,
    wire: wireOf(values.wire),
    bundle,
    spot,
    aks,
    open,
    verbose,
    nodes: nodeCount(values.nodes),
    pods: wholeNumber('--pods', values.pods),
    churn: wholeNumber('--churn', values.churn ?? (isOwn ? '5' : '0')),
    changes: wholeNumber('--changes', values.changes ?? (isOwn ? '200' : '0')),
    seed: wholeNumber('--seed', values.seed),
    port: wholeNumber('--port', values.port, 65_535),
  };
}

const TABLE = {
  kubeconfig: { type: 'string' },
  real: { type: 'boolean', default: false },
  once: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
  wire: { type: 'string', default: 'ingest' },
  bundle: { type: 'boolean', default: false },
  spot: { type: 'boolean', default: false },
  aks: { type: 'boolean', default: false },
  open: { type: 'boolean', default: false },
  verbose: { type: 'boolean', default: false },
  nodes: { type: 'string', default: '50' },
  pods: { type: 'string', default: '1000' },
  churn: { type: 'string' },
  changes: { type: 'string' },
  seed: { type: 'string', default: '1' },
  port: { type: 'string', default: '0' },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: TABLE }).values;
  } catch (error) {
    // Node goes on with advice about arguments that begin with a dash.
    const [why = ''] = (error instanceof Error ? error.message : 'wrong arguments').split(/\. |\n/u);
    throw new RangeError(withMeantFlag(why, Object.keys(TABLE)), { cause: error });
  }
}

/** Not none: by its nodes the agent knows which cluster it is in, and would wait for one. */
function nodeCount(text: string): number {
  const count = wholeNumber('--nodes', text);
  if (count > 0) return count;
  throw new RangeError('--nodes is 0: give 1 or more, the agent knows by its nodes which cluster it is in');
}

/**
 * What npm has options of the same name for: they may be set in a file of the user, and then nobody has taken anything. It keeps `verbose`
 * as its log level and answers `help` itself. The rest of the table it takes as options that it does not know.
 */
const OF_NPM: ReadonlySet<string> = new Set(['json', 'verbose', 'help']);

/** Throws `RangeError` for options that npm took for itself, because the `--` before them was left out. */
export function refuseTakenByNpm(environment: Readonly<Record<string, string | undefined>>): void {
  const taken = Object.entries(TABLE).flatMap(([name, { type }]) => {
    const value = environment[`npm_config_${name}`] ?? '';
    if (value === '') return [];
    return [{ name, text: type === 'string' ? `--${name} ${value}` : `--${name}` }];
  });
  if (taken.every(({ name }) => OF_NPM.has(name))) return;
  const options = taken.map(({ text }) => text).join(' ');
  throw new RangeError(`npm took ${options} for itself: write npm run demo -- ${options}`);
}

function wireOf(text: string): Wire {
  const wire = WIRES.find((known) => known === text);
  if (wire !== undefined) return wire;
  throw new RangeError(`--wire is ${JSON.stringify(text)}: give ${WIRES.join(' or ')}`);
}

function wholeNumber(name: string, text: string, max = 1_000_000): number {
  const number = Number(text);
  if (/^\d+$/u.test(text) && number <= max) return number;
  throw new RangeError(`${name} is ${JSON.stringify(text)}: give a whole number from 0 to ${max}`);
}
