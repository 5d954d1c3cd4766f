import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { CHART } from '../../../scripts/chart/chart-folder.ts';
import type { ApiObject } from '../../cluster/api-client.ts';
import { ensureHelm, type HelmMajor } from '../../../scripts/tools/chart-binaries.ts';

/** The version that templates are rendered for: a Helm made by `go install` believes in Kubernetes 1.20. */
const KUBE_VERSION = '1.37.2';
/** A registry that nobody has. */
const REGISTRY = 'registry.example.com';
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;

/** How a run of Helm ended. */
export interface HelmResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** One Helm with a home of its own, so that nothing of the user's is read. Dispose of it. */
export class Helm implements Disposable {
  readonly major: HelmMajor;
  readonly #binary: string;
  readonly #home = mkdtempSync(join(tmpdir(), 'castai-helm-'));
  readonly #kubeconfig: string;

  constructor(major: HelmMajor, binary: string, kubeconfig = '') {
    this.major = major;
    this.#binary = binary;
    this.#kubeconfig = kubeconfig;
  }

  /**
   * Runs a command. Never rejects because of what Helm says. Where the chart is used without a file of values and no argument names a
   * registry, one is named: without any the chart refuses.
   */
  async run(...given: readonly string[]): Promise<HelmResult> {
    const isTold = given.some((arg) => arg === '--values' || arg === '--reuse-values' || arg.includes('egistry'));
    const args = given.includes(CHART) && !isTold ? [...given, '--set', `image.registry=${REGISTRY}`] : given;
    const home = this.#home;
    const env = { PATH: '', HOME: home, HELM_CACHE_HOME: home, HELM_CONFIG_HOME: home, HELM_DATA_HOME: home };
    return new Promise((resolve) => {
      execFile(
        this.#binary,
        args,
        { env: { ...env, KUBECONFIG: this.#kubeconfig }, maxBuffer: MAX_OUTPUT_BYTES },
        (error, stdout, stderr) => {
          const code = typeof error?.code === 'number' ? error.code : error === null ? 0 : -1;
          resolve({ code, stdout, stderr });
        },
      );
    });
  }

  /** The same; throws an Error with Helm's words when it fails. */
  async must(...args: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await this.run(...args);
    if (code !== 0) throw new Error(`helm ${this.major} ${args.join(' ')} ended with ${code}:\n${stderr}${stdout}`);
    return stdout;
  }

  /** What the chart gives for these arguments, tests included, as YAML. */
  async render(...args: readonly string[]): Promise<string> {
    const name = ['template', 'castai', CHART, '--namespace', 'castai-agent', '--kube-version', KUBE_VERSION];
    return this.must(...name, ...args);
  }

  /** The same as objects. */
  async template(...args: readonly string[]): Promise<ApiObject[]> {
    return parseObjects(await this.render(...args));
  }

  /** Checks the chart with these arguments; what Helm says when it finds something. */
  async lint(...args: readonly string[]): Promise<HelmResult> {
    return this.run('lint', CHART, '--strict', '--namespace', 'castai-agent', '--kube-version', KUBE_VERSION, ...args);
  }

  [Symbol.dispose](): void {
    rmSync(this.#home, { recursive: true, force: true });
  }
}

/** A Helm that is built when it has to be; see `ensureHelm`. */
export async function createHelm(major: HelmMajor, kubeconfig = ''): Promise<Helm> {
  return new Helm(major, await ensureHelm(major, console.log), kubeconfig);
}

/** The objects of a stream of YAML documents. Throws for a key that stands twice. */
export function parseObjects(text: string): ApiObject[] {
  return parseAllDocuments(text, { uniqueKeys: true }).flatMap((document) => {
    const [problem] = document.errors;
    if (problem !== undefined) throw problem;
    const object = document.toJS() as ApiObject | null;
    return object === null ? [] : [object];
  });
}
