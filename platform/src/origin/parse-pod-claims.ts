/** What a service account's token says of the pod that it was made for (KEP-1205; the node is there from Kubernetes 1.30 on). */
import { isRecord } from '@castai/shared/kube/kube-object.ts';

/** An object that a token is bound to: another uid under the same name is another one. */
export interface BoundObject {
  readonly name: string;
  readonly uid: string;
}

/** The claims of a pod's token. */
export interface PodClaims {
  readonly namespace: string;
  readonly account: string;
  readonly pod: BoundObject;
  /** Absent where the API server is older than 1.30. */
  readonly node: BoundObject | undefined;
}

/** Reads the claims of a token whose signature was checked. Throws `RangeError` for one that is not bound to a pod. */
export function parsePodClaims(payload: Readonly<Record<string, unknown>>): PodClaims {
  const bound = payload['kubernetes.io'];
  if (!isRecord(bound)) throw new RangeError('it is no token of a Kubernetes service account');
  const { namespace } = bound;
  const account = boundObject(bound['serviceaccount']);
  const pod = boundObject(bound['pod']);
  if (typeof namespace !== 'string' || account === undefined) throw new RangeError('it names no service account');
  if (pod === undefined) throw new RangeError('it is not bound to a pod');
  return { namespace, account: account.name, pod, node: boundObject(bound['node']) };
}

function boundObject(value: unknown): BoundObject | undefined {
  if (!isRecord(value)) return undefined;
  const { name, uid } = value;
  return typeof name === 'string' && name !== '' && typeof uid === 'string' && uid !== '' ? { name, uid } : undefined;
}
