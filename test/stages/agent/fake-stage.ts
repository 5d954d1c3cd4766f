import type { KubeObject } from '@castai/shared/kube/kube-object.ts';
import type { ObjectReference } from '../../fakes/kube-apiserver/fake-kube-apiserver.ts';
import type { RigOptions } from '../../platform-rig/rig.ts';
import { type FakeCluster, type FakeClusterOptions, startFakeCluster } from './fake-cluster.ts';
import { type LocalPlatform, startLocalPlatform } from './staged-platform.ts';
import { AgentStage } from './agent-stage.ts';

/** What differs from a small cluster, a healthy platform and an agent with its defaults. */
export interface FakeStageOptions {
  readonly cluster?: FakeClusterOptions;
  readonly platform?: RigOptions;
  /** Variables for every agent. */
  readonly env?: Readonly<Record<string, string>>;
  /** As in `AgentStageOptions`. */
  readonly equalMs?: number;
}

/** A stage with a fake API server and a platform in this process. */
export type FakeStage = AgentStage<FakeCluster, LocalPlatform>;

/** Sets it up; agents are started by the test. */
export async function startFakeStage(options: FakeStageOptions = {}): Promise<FakeStage> {
  const { cluster, platform, env = {}, equalMs } = options;
  return new AgentStage({
    cluster: await startFakeCluster(cluster),
    platform: await startLocalPlatform(platform),
    env,
    ...(equalMs === undefined ? {} : { equalMs }),
  });
}

/** How the fake is told which object is meant. */
export function referenceTo({ apiVersion = '', kind = '', metadata }: KubeObject): ObjectReference {
  const { name, namespace } = metadata;
  return { apiVersion, kind, name, ...(namespace === undefined ? {} : { namespace }) };
}

/** The same object as somebody would make it anew: another life under the same name, unless given another one. */
export function newLife(object: KubeObject, name = object.metadata.name): KubeObject {
  const { uid: _uid, resourceVersion: _version, creationTimestamp: _created, ...metadata } = object.metadata;
  return { ...object, metadata: { ...metadata, name } };
}

/** Changes something of the object that the platform gets to see. */
export function touch(object: KubeObject): void {
  const labels = object.metadata['labels'] as Record<string, string> | undefined;
  touches += 1;
  object.metadata['labels'] = { ...labels, touched: String(touches) };
}

let touches = 0;
