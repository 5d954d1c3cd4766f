import type { EvictionWriter } from '@castai/shared/drain/eviction-writer.ts';
import type { Verdict } from '@castai/shared/wire/transport.ts';
import type { NodePatch } from '../node/plan-node-patch.ts';
import type { NodeEvent } from './node-event-call.ts';

/**
 * Everything that this program changes outside of itself, each as one attempt: the stages decide when, and what after a failure.
 *
 * There are two: `RealWriter`, and `DryWriter`, which changes nothing and tells what it would have changed. Which one is chosen
 * once, where the program is put together, so that no stage has to ask; a dry run goes the same way up to the last step.
 */
export interface SpotWriter {
  /** Makes pods go. */
  readonly pods: EvictionWriter;
  /**
   * Patches the node at `path` and gives it as stored; undefined when nothing was stored. Throws as the API server's client does.
   */
  patchNode(patch: NodePatch, path: string, signal: AbortSignal): Promise<Record<string, unknown> | undefined>;
  /** Tells the platform of a notice. Throws only the signal's reason. */
  report(noticeId: string, event: NodeEvent, signal: AbortSignal): Promise<ReportOutcome>;
  /** Tells the provider that it need not wait for an event. Throws only the signal's reason. */
  acknowledge(givenId: string, signal: AbortSignal): Promise<'taken' | 'refused' | 'untold'>;
  /** Writes a Kubernetes Event. Throws as the API server's client does. */
  addEvent(event: unknown, signal: AbortSignal): Promise<void>;
}

/** What an attempt at a report came to. */
export type ReportOutcome =
  | { readonly is: 'taken' }
  /** Nothing was sent, and nothing will be. */
  | { readonly is: 'untold' }
  | { readonly is: 'refused'; readonly verdict: Verdict };
