import { bundleOf, findProgram } from '../../../scripts/programs.ts';
import { type ChildProgram, startProgram } from '../../stages/child-program.ts';
import { eventually } from '@castai/shared/testing/eventually.ts';
import { patienceMs } from './patience.ts';

/** Where an agent under measurement runs. */
export interface AgentPlace {
  /** Address of the API server: `https://127.0.0.1:6443`. */
  readonly apiServer: string;
  /** Folder with `token` and `ca.crt`, as a pod has it. */
  readonly serviceAccountDir: string;
  readonly platform: string;
  /** Pods of the cluster, as far as their number decides how long things take. Left out: few. */
  readonly pods?: number;
  /** Further options of the agent. */
  readonly options?: Readonly<Record<string, string>>;
}

/** An agent as it ships: bundled, with its image's flags, and in-cluster credentials. */
export interface BundledAgent extends AsyncDisposable {
  readonly program: ChildProgram;
  /** Address of its admin server. */
  readonly admin: string;
  /** Resolves when every feed that can be read is complete at the platform. */
  synced(): Promise<void>;
}

/** Starts the bundled agent. */
export async function startBundledAgent(place: AgentPlace): Promise<BundledAgent> {
  const { nodeFlags, environment } = findProgram('agent');
  const { hostname, port } = new URL(place.apiServer);
  const program = startProgram({
    name: 'agent',
    entry: bundleOf(findProgram('agent')),
    nodeArgs: nodeFlags,
    env: {
      ...environment,
      API_KEY: 'bench',
      API_URL: place.platform,
      SERVICE_ACCOUNT_DIR: place.serviceAccountDir,
      KUBERNETES_SERVICE_HOST: hostname,
      KUBERNETES_SERVICE_PORT_HTTPS: port,
      ADMIN_PORT: '0',
      ...place.options,
    },
  });
  const { port: adminPort } = await program.waitForJson<{ port: number }>((line) => 'port' in line);
  const admin = `http://127.0.0.1:${String(adminPort)}`;
  return {
    program,
    admin,
    synced: async () => {
      await eventually({
        what: 'the agent to be ready',
        look: async () => (await fetch(`${admin}/readyz`)).text(),
        until: (answer) => answer.trim() === 'ok',
        timeoutMs: patienceMs(place.pods ?? 0),
      });
    },
    [Symbol.asyncDispose]: async () => {
      await program.stop();
    },
  };
}
