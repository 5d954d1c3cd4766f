import { createHash } from 'node:crypto';

/** A Kubernetes object as JSON, as a server would hand it out, but without a resourceVersion. */
export interface SampleObject {
  apiVersion: string;
  kind: string;
  metadata: SampleMetadata;
  [field: string]: unknown;
}

/** The part of ObjectMeta that tests read and write. */
interface SampleMetadata {
  name: string;
  namespace?: string;
  uid?: string;
  resourceVersion?: string;
  creationTimestamp?: string;
  generation?: number;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  ownerReferences?: OwnerReference[];
  finalizers?: string[];
  managedFields?: unknown[];
  [field: string]: unknown;
}

/** Who made an object, by uid. */
export interface OwnerReference {
  apiVersion: string;
  kind: string;
  name: string;
  uid: string;
  controller: true;
  blockOwnerDeletion: true;
}

/** Identity of an object before it exists: its uid follows from it, so owners can be named before they are made. */
export interface Identity {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly namespace?: string;
}

/** Start of the time in which the sample clusters live. */
const SAMPLE_EPOCH_MS = Date.UTC(2026, 9, 1, 6);

/** An RFC 3339 time so many seconds after the start of the sample's time, without fractions as Kubernetes prints it. */
export function sampleTime(seconds: number): string {
  return `${new Date(SAMPLE_EPOCH_MS + seconds * 1000).toISOString().slice(0, 19)}Z`;
}

/** The uid of an object of the cluster with this seed: always the same for the same identity. */
export function sampleUid(seed: number, identity: Identity): string {
  const text = `${seed}/${identity.apiVersion}/${identity.kind}/${identity.namespace ?? ''}/${identity.name}`;
  return formatUid(createHash('md5').update(text).digest('hex'));
}

/** The digest of an image: pods that run one image run the same one, and so do those of all nodes. */
export function imageDigest(image: string): string {
  return `sha256:${createHash('sha256').update(image).digest('hex')}`;
}

/** Forms a version 4 UUID out of 32 hexadecimal digits. */
export function formatUid(hex: string): string {
  const variant = ((Number.parseInt(hex[16] ?? '0', 16) & 3) | 8).toString(16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/** The reference by which `object` is named as the controlling owner of another one. */
export function ownerReference(object: SampleObject): OwnerReference {
  const { apiVersion, kind, metadata } = object;
  return {
    apiVersion,
    kind,
    name: metadata.name,
    uid: metadata.uid ?? '',
    controller: true,
    blockOwnerDeletion: true,
  };
}
