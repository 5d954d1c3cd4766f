import { kubeMessageOf } from '@castai/shared/kube/protobuf/object-reader.ts';
import { jsonRenderer } from './render-json.ts';
import { protobufRenderer } from './render-protobuf.ts';
import type { Rendered, Renderer } from './renderer.ts';
import { type ResourceType, apiVersionOf } from './resource-type.ts';

/** What a client asked for. */
export interface RenderRequest {
  readonly type: ResourceType;
  readonly version: string;
  readonly isMetadataOnly: boolean;
  readonly isProtobuf: boolean;
}

/** Renderers by what they render, made once: they remember the last event, which all watches of a kind need at once. */
export class Renderers {
  readonly #made = new Map<string, Renderer>();

  /** The renderer of a kind in a version. */
  find(request: RenderRequest): Renderer {
    const { type, version, isMetadataOnly, isProtobuf } = request;
    const key = `${type.group}/${version}/${type.resource}/${type.kind}/${isMetadataOnly}/${isProtobuf}`;
    const known = this.#made.get(key);
    if (known !== undefined) return known;
    const rendered: Rendered = isMetadataOnly
      ? { type, apiVersion: 'meta.k8s.io/v1', kind: 'PartialObjectMetadata', isMetadataOnly }
      : { type, apiVersion: apiVersionOf(type.group, version), kind: type.kind, isMetadataOnly };
    const made = isProtobuf ? protobufRenderer(rendered, protobufMessage(type, version)) : jsonRenderer(rendered);
    this.#made.set(key, made);
    return made;
  }
}

/**
 * The message of a kind in a version; undefined where it has no protobuf. The real server has it of all its own kinds, this one of those
 * that the agent has tables of.
 */
export function protobufMessage(type: ResourceType, version: string): string | undefined {
  return type.isCustom ? undefined : kubeMessageOf(type.group, version, type.kind);
}
