import type { IncomingHttpHeaders } from 'node:http';
import { type KubeObject, isRecord } from '@castai/shared/kube/kube-object.ts';
import type { Objects, Preconditions } from './objects.ts';
import { applyOver, isApply } from './apply-patch.ts';
import { applyPatch } from './patch.ts';
import type { ResourceRequest } from './resource-request.ts';
import { type ResourceType, apiVersionOf, resourceTypeId } from './resource-type.ts';
import { parseSelection } from './selectors.ts';
import { badRequest, invalid, notFound } from './status-error.ts';
import type { Store } from './store.ts';
import { objectKey } from './stored-object.ts';

/** What answers to a write depend on. */
export interface WriteContext {
  readonly store: Store;
  readonly objects: Objects;
  readonly body: unknown;
  readonly headers: IncomingHttpHeaders;
}

/** Bytes of an object, or something else to be sent as JSON. */
export interface WriteAnswer {
  readonly status: number;
  readonly body: unknown;
}

/** Carries out create, update, patch, delete and deletecollection. Throws what the API answers instead. */
export function serveWrite(request: ResourceRequest, given: WriteContext): WriteAnswer {
  const dryRun = request.info.query.getAll('dryRun');
  if (dryRun.some((stage) => stage !== 'All')) throw invalid('dryRun', `Unsupported value: ${dryRun.join(', ')}`);
  const context = dryRun.length === 0 ? given : { ...given, objects: given.objects.dry };
  switch (request.info.verb) {
    case 'create':
      return request.subresource === 'eviction' ? evict(request, context) : create(request, context);
    case 'update':
      return update(request, context, parseObject(context.body));
    case 'patch': {
      const contentType = context.headers['content-type'] ?? '';
      if (isApply(contentType)) return apply(request, context);
      const before = context.objects.read(nameOf(request));
      return update(request, context, parseObject(applyPatch(contentType, before, context.body)));
    }
    case 'delete':
      return remove(request, context);
    default:
      return removeAll(request, context);
  }
}

function create({ type, namespace, renderer }: ResourceRequest, { store, objects, body }: WriteContext): WriteAnswer {
  const object = parseObject(body);
  checkKind(type, object);
  if (namespace !== undefined && !store.kind('namespaces').objects.has(namespace))
    throw notFound('namespaces', namespace);
  if (type.namespaced && namespace === undefined) throw badRequest('an empty namespace may not be set during creation');
  const { uid: _uid, resourceVersion: _version, creationTimestamp: _created, ...metadata } = object.metadata;
  const place = namespace === undefined ? {} : { namespace };
  const { status: _status, ...fresh } = object;
  const made = objects.create(type, { ...(type.hasStatus ? fresh : object), metadata: { ...metadata, ...place } });
  return { status: 201, body: renderer.single(made) };
}

/** Makes the object of the path when it is not there, and changes it else. */
function apply(request: ResourceRequest, context: WriteContext): WriteAnswer {
  const { type, namespace, name = '', info } = request;
  const applied = parseObject(context.body);
  if (!info.query.has('fieldManager')) throw invalid('fieldManager', 'Required value: is required for apply patch');
  if (applied.apiVersion === undefined || applied.kind === undefined)
    throw badRequest('apiVersion and kind must be set');
  checkKind(type, applied);
  if (applied.metadata.name !== name)
    throw badRequest(`the name of the object does not match the name on the URL (${name})`);
  if (!context.store.kind(resourceTypeId(type)).objects.has(objectKey(namespace, name))) {
    request.authorizeCreation();
    return create(request, context);
  }
  const before = context.objects.read(nameOf(request));
  const isForced = info.query.get('force') === 'true';
  return update(request, context, parseObject(applyOver(before, applied, { isForced })));
}

function update(request: ResourceRequest, { objects }: WriteContext, object: KubeObject): WriteAnswer {
  const { type, subresource, renderer } = request;
  checkKind(type, object);
  const part = subresource === 'status' ? 'status' : type.hasStatus ? 'not status' : 'all';
  return { status: 200, body: renderer.single(objects.update(nameOf(request), object, part)) };
}

/** Deletes a pod as the eviction asks for it. There are no disruption budgets here that could forbid it. */
function evict(request: ResourceRequest, { objects, body }: WriteContext): WriteAnswer {
  const { deleteOptions: { preconditions = {} } = {} } = (body ?? {}) as {
    deleteOptions?: { preconditions?: Preconditions };
  };
  objects.delete(nameOf(request), preconditions);
  return { status: 201, body: { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 } };
}

function remove(request: ResourceRequest, { objects, body }: WriteContext): WriteAnswer {
  const { preconditions = {} } = (body ?? {}) as { preconditions?: Preconditions };
  const { name, uid } = objects.delete(nameOf(request), preconditions);
  const { group, resource } = request.type;
  const details = { name, ...(group === '' ? {} : { group }), kind: resource, uid };
  return { status: 200, body: { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', details } };
}

function removeAll(request: ResourceRequest, { store, objects }: WriteContext): WriteAnswer {
  const { type, namespace, info } = request;
  const selection = parseSelection({ type, namespace, query: info.query }) ?? (() => true);
  const doomed = store.kind(resourceTypeId(type)).sorted().filter(selection);
  for (const object of doomed) objects.delete({ type, namespace: object.namespace, name: object.name });
  return { status: 200, body: { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success' } };
}

function nameOf({ type, namespace, name = '' }: ResourceRequest): {
  type: ResourceType;
  namespace: string | undefined;
  name: string;
} {
  return { type, namespace, name };
}

function parseObject(value: unknown): KubeObject {
  if (isRecord(value) && (value['metadata'] === undefined || isRecord(value['metadata']))) {
    return { ...value, metadata: { ...value['metadata'] } as KubeObject['metadata'] };
  }
  throw badRequest('the body is not an object with metadata');
}

function checkKind({ group, version, otherVersions = [], kind }: ResourceType, object: KubeObject): void {
  if (object.kind !== undefined && object.kind !== kind) {
    throw badRequest(`${object.kind} in the body does not match the expected kind ${kind}`);
  }
  const versions = [version, ...otherVersions].map((served) => apiVersionOf(group, served));
  if (object.apiVersion !== undefined && !versions.includes(object.apiVersion)) {
    throw badRequest(`the API version in the data (${object.apiVersion}) does not match the expected one`);
  }
}
