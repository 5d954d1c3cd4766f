import type { RequestInfo } from './request-info.ts';
import type { Renderer } from './renderer.ts';
import type { ResourceType } from './resource-type.ts';
import type { FaultAction } from './faults.ts';
import type { Outlet } from './outlet.ts';

/** A request for a kind that is served, after authorization. */
export interface ResourceRequest {
  readonly info: RequestInfo;
  readonly type: ResourceType;
  readonly version: string;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
  readonly subresource: string | undefined;
  readonly renderer: Renderer;
  readonly outlet: Outlet;
  /** Whether a watch asks for objects in a form that only lists have. */
  readonly isFormUnknown: boolean;
  /** Whether the client takes gzip. */
  readonly acceptsGzip: boolean;
  /** Throws 403 when the user may not create it, which an apply of what is not there has to be allowed besides. */
  readonly authorizeCreation: () => void;
  /** The fault that changes what a list says about itself, if there is one. */
  readonly listFault: Extract<FaultAction, { type: 'list' }> | undefined;
}
