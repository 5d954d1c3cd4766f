import type { ApiObject } from '../cluster/api-client.ts';
import { DemoFollower, type DemoFollowerOptions, type StartedFollower } from './demo-follower.ts';

/** An action as the page shows it; the tone of one that is under way is `warn`. */
interface ActionShown {
  readonly key: string;
  readonly name: string;
  readonly state: string;
  readonly tone: string;
}

/** The cluster controller of the demo's own cluster: what is asked for on a node's page is done there. */
export class DemoController {
  readonly follower: DemoFollower;
  readonly #options: DemoFollowerOptions;
  #clusterId = '';
  #node = '';

  constructor(options: DemoFollowerOptions) {
    this.#options = options;
    this.follower = new DemoFollower(options, {
      program: 'cluster-controller',
      env: { POD_NAMESPACE: 'kube-system' },
      tell: (started) => this.#tell(started),
    });
  }

  /** Asks for a drain as the page does. Throws the platform's words when it will not have it, or when it is too early to ask. */
  async drain(): Promise<void> {
    const { platform, say } = this.#options;
    if (this.#node === '')
      throw new Error('the cluster controller is still starting; try again when it has told its page');
    const answer = await fetch(`${platform.url}/clusters/${this.#clusterId}/actions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ node: this.#node, action: 'drain' }),
    });
    if (!answer.ok) throw new Error(await answer.text());
    say(`try        a drain of ${this.#node} is asked for: ${this.#page}`);
  }

  get #page(): string {
    const query = new URLSearchParams({ cluster: this.#clusterId, node: this.#node });
    return `${this.#options.platform.url}/?${query.toString()}`;
  }

  async #tell({ clusterId, until }: StartedFollower): Promise<void> {
    const { cluster, platform, say } = this.#options;
    // The first one is the one that is interrupted. Whoever takes the API server away at the beginning gets the line later.
    const name = await until(async () => {
      const { items = [] } = await cluster.client.request('GET', '/api/v1/nodes');
      return items.at(-1)?.metadata?.name;
    });
    if (name === undefined) return;
    const told = await until(async () => {
      for await (const node of platform.control.objects({ cluster: clusterId, feed: 'nodes' }))
        if (node.name === name) return node;
      return undefined;
    });
    if (told === undefined) return;
    this.#clusterId = clusterId;
    this.#node = name;
    say(`controller does what is asked for on a node's page, such as to drain it: ${this.#page}`);
    await this.#tellEnds(until);
  }

  /** What came of each that was asked for, on the page or by a key. */
  async #tellEnds(until: StartedFollower['until']): Promise<void> {
    const { say } = this.#options;
    const told = new Set<string>();
    for (;;) {
      const ended = await until(async () =>
        (await this.#rows()).find(({ key, tone }) => tone !== 'warn' && !told.has(key)),
      );
      if (ended === undefined) return;
      told.add(ended.key);
      const left = await until(() => this.#podsLeft());
      say(`controller ${ended.name} of ${this.#node}: ${ended.state}`);
      say(`           ${left ?? 'nobody knows which pods'} are left on it; its page has the history`);
    }
  }

  async #rows(): Promise<readonly ActionShown[]> {
    const query = new URLSearchParams({ cluster: this.#clusterId, node: this.#node });
    const answer = await fetch(`${this.#options.platform.url}/_page/actions?${query.toString()}`);
    return ((await answer.json()) as { rows: ActionShown[] }).rows;
  }

  /** In words. */
  async #podsLeft(): Promise<string> {
    const { client } = this.#options.cluster;
    const { items = [] } = await client.request('GET', `/api/v1/pods?fieldSelector=spec.nodeName%3D${this.#node}`);
    const isOfDaemonSet = ({ metadata }: ApiObject): boolean =>
      JSON.stringify(metadata?.['ownerReferences'] ?? []).includes('"DaemonSet"');
    const ofDaemonSets = items.filter(isOfDaemonSet).length;
    return `${items.length - ofDaemonSets} pods, and ${ofDaemonSets} of DaemonSets,`;
  }
}
