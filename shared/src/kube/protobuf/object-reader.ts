import { compileMessage, isKubeMessage, type OnUnknownField, type WantedFields } from './decode-message.ts';
import { WireCursor } from './wire-cursor.ts';

/** Which kind in which version, and what of its objects is wanted. */
export interface ObjectReaderOptions {
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  /** Everything unless told. `metadata.managedFields` is never read. */
  readonly wanted?: WantedFields;
  readonly onUnknownField?: OnUnknownField;
}

/** Reads objects of one kind. Worth keeping: it is compiled. */
export interface ObjectReader {
  /** `apps/v1`, as an object of it says. */
  readonly apiVersion: string;
  readonly kind: string;
  /** What `JSON.parse` gives for the same object of a list, of what is wanted. Throws `KUBE_STREAM_BROKEN`. */
  readonly read: (bytes: Buffer) => Record<string, unknown>;
}

/** Groups of Kubernetes itself; what others call the same has tables of its own, and comes as JSON. */
const PACKAGES: Readonly<Record<string, string>> = {
  '': 'core',
  apps: 'apps',
  autoscaling: 'autoscaling',
  batch: 'batch',
  policy: 'policy',
  'networking.k8s.io': 'networking',
  'node.k8s.io': 'node',
  'rbac.authorization.k8s.io': 'rbac',
  'resource.k8s.io': 'resource',
  'scheduling.k8s.io': 'scheduling',
  'storage.k8s.io': 'storage',
};

/** The reader of a kind; undefined for one without a table, which comes as JSON: every kind that is not Kubernetes' own. */
export function objectReader(options: ObjectReaderOptions): ObjectReader | undefined {
  const { group, version, kind, wanted = 'all', onUnknownField = ignore } = options;
  const message = `${PACKAGES[group] ?? 'none'}.${version}.${kind}`;
  if (!isKubeMessage(message)) return undefined;
  const readMessage = compileMessage(message, withIdentity(wanted), onUnknownField);
  const cursor = new WireCursor();
  return {
    apiVersion: group === '' ? version : `${group}/${version}`,
    kind,
    read: (bytes) => {
      const object = {};
      cursor.open(bytes);
      readMessage(cursor, bytes.length, object);
      return object;
    },
  };
}

/** Nobody can do without these. */
const IDENTITY: ReadonlyMap<string, WantedFields> = new Map(
  ['name', 'namespace', 'uid', 'resourceVersion'].map((name) => [name, 'all']),
);

function withIdentity(wanted: WantedFields): WantedFields {
  if (wanted === 'all') return 'all';
  const metadata = wanted.get('metadata') ?? IDENTITY;
  return new Map([...wanted, ['metadata', metadata === 'all' ? 'all' : new Map([...metadata, ...IDENTITY])]]);
}

const ignore: OnUnknownField = () => {};
