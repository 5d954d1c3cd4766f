import { compileMessage, isKubeMessage, type MeetUnknownField, type WantedFields } from './decode-message.ts';
import { WireCursor } from './wire-cursor.ts';

/** Which kind in which version, and what of its objects is wanted. */
export interface ObjectReaderOptions {
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  /** Everything unless told. `metadata.managedFields` is never read. */
  readonly wanted?: WantedFields;
  readonly onUnknownField?: MeetUnknownField;
}

/** Reads objects of one kind. Worth keeping: it is compiled. */
export interface ObjectReader {
  /** `apps/v1`, as an object of it says. */
  readonly apiVersion: string;
  readonly kind: string;
  /** Name of the message in the tables. */
  readonly message: string;
  /**
   * What `JSON.parse` gives for the same object of a list, of what is wanted; beside the metadata each part is read when it is asked for,
   * so that the bytes must not change before. Throws `KUBE_STREAM_BROKEN`.
   */
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

/** The message of the tables that a kind is; undefined: it comes as JSON. `group` is empty for the core group. */
export function kubeMessageOf(group: string, version: string, kind: string): string | undefined {
  const message = `${PACKAGES[group] ?? 'none'}.${version}.${kind}`;
  return isKubeMessage(message) ? message : undefined;
}

/** The reader of a kind; undefined for one without a table, which comes as JSON: every kind that is not Kubernetes' own. */
export function objectReader(options: ObjectReaderOptions): ObjectReader | undefined {
  const { group, version, kind, wanted = 'all', onUnknownField = ignore } = options;
  const message = kubeMessageOf(group, version, kind);
  if (message === undefined) return undefined;
  return {
    apiVersion: group === '' ? version : `${group}/${version}`,
    kind,
    message,
    read: lazyReader(message, withIdentity(wanted), onUnknownField),
  };
}

/** Most objects are judged by their metadata: only of the others more has to be made. */
function lazyReader(message: string, wanted: WantedFields, onUnknownField: MeetUnknownField): ReadObject {
  if (wanted === 'all') return messageReader(message, wanted, onUnknownField);
  const { metadata = 'all', ...parts } = Object.fromEntries(wanted);
  const readMetadata = messageReader(message, new Map([['metadata', metadata]]), onUnknownField);
  if (Object.keys(parts).length === 0) return readMetadata;
  const readParts = messageReader(message, new Map(Object.entries(parts)), onUnknownField);

  /** The first part that somebody asks for reads all of them. */
  class LazyObject {
    [name: string]: unknown;
    readonly #bytes: Buffer;
    #parts: Record<string, unknown> | undefined;

    constructor(bytes: Buffer) {
      this.#bytes = bytes;
      const read = readMetadata(bytes);
      if ('metadata' in read) this['metadata'] = read['metadata'];
    }

    get [PARTS](): Record<string, unknown> {
      return (this.#parts ??= readParts(this.#bytes));
    }
  }
  for (const name of Object.keys(parts)) {
    Object.defineProperty(LazyObject.prototype, name, {
      enumerable: true,
      get(this: LazyObject) {
        return this[PARTS][name];
      },
      // What somebody else puts in its place stays.
      set(this: LazyObject, value: unknown) {
        Object.defineProperty(this, name, { value, enumerable: true, writable: true, configurable: true });
      },
    });
  }
  return (bytes) => new LazyObject(bytes);
}

const PARTS = Symbol('parts');

type ReadObject = (bytes: Buffer) => Record<string, unknown>;

/** Reads messages of the tables. Throws `INTERNAL` for one that is not in them; what it gives throws `KUBE_STREAM_BROKEN`. */
export function messageReader(
  message: string,
  wanted: WantedFields,
  onUnknownField: MeetUnknownField,
): (bytes: Buffer) => Record<string, unknown> {
  const readMessage = compileMessage(message, wanted, onUnknownField);
  const cursor = new WireCursor();
  return (bytes) => {
    const object = {};
    cursor.open(bytes);
    readMessage(cursor, bytes.length, object);
    return object;
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

const ignore: MeetUnknownField = () => {};
