/**
 * Faults that a rigged platform shows on request, as data, and which of them a request meets.
 *
 * Pure: chance is an input. Ids C58 to C75 of the project's fault list are what these can provoke.
 */

import type { AgentCall } from '@castai/platform/front/route.ts';

/** What goes wrong. */
export type FaultAction =
  /** Answers with a status and a JSON error; the request is read and has no effect. `retryAfter`: the header's value. */
  | { readonly type: 'status'; readonly status: number; readonly retryAfter?: string; readonly code?: string }
  /** Resets the connection before the body is read. */
  | { readonly type: 'drop' }
  /** Resets the connection after so many bytes of the body, at the latest behind its last one; the request has no effect. */
  | { readonly type: 'cutAt'; readonly bytes: number }
  /** Takes the request, commits its effect, and closes the connection without an answer. */
  | { readonly type: 'loseAnswer' }
  /** Answers, and closes the connection so long after, as a load balancer does between two batches. */
  | { readonly type: 'closeIdle'; readonly ms: number }
  /** Waits before the request is looked at. */
  | { readonly type: 'delay'; readonly ms: number }
  /** Answers 200 with a page, as a box in between does. */
  | { readonly type: 'notAck'; readonly body?: string }
  | { readonly type: 'redirect'; readonly location?: string }
  /** Answers 413 above so many bytes, compressed or not. */
  | { readonly type: 'limit'; readonly bytes: number }
  /** An object of this name makes the whole batch a 400, or is rejected alone. Stays until cleared. */
  | { readonly type: 'poison'; readonly name: string; readonly as: 'batch' | 'entry' }
  /** Answers 415 to a content encoding. */
  | { readonly type: 'refuseEncoding'; readonly encoding: string }
  | { readonly type: 'slowRead'; readonly bytesPerSecond: number }
  /** Adds to the numbers that a batch's ack echoes. */
  | { readonly type: 'wrongAck'; readonly epoch?: number; readonly seq?: number; readonly entryCount?: number }
  /**
   * Names wrong offers of a batch as wanted: all of them, none, or every place but theirs, with one that comes twice and one behind the last.
   * Everything else is as the platform has it.
   */
  | { readonly type: 'wrongWanted'; readonly wanted: WrongWanted }
  /** Answers an open as a platform that has never heard of offers. */
  | { readonly type: 'noOffers' }
  /** Adds fields and a directive that only a newer platform knows. */
  | { readonly type: 'newerPlatform' };

/** Ways to be wrong about what is wanted. */
export const WRONG_WANTED = ['all', 'none', 'others'] as const;
export type WrongWanted = (typeof WRONG_WANTED)[number];

/** Every action, for counters that start at 0. */
export const FAULT_TYPES: readonly FaultAction['type'][] = [
  'closeIdle',
  'cutAt',
  'delay',
  'drop',
  'limit',
  'loseAnswer',
  'newerPlatform',
  'noOffers',
  'notAck',
  'poison',
  'redirect',
  'refuseEncoding',
  'slowRead',
  'status',
  'wrongAck',
  'wrongWanted',
];

/** A fault and when it shows. */
export interface FaultRule {
  readonly id: string;
  /** Empty: every call. */
  readonly on: readonly AgentCall[];
  /** `undefined`: every cluster. */
  readonly cluster: string | undefined;
  /** Matching requests that still pass before the first fault. */
  readonly skip: number;
  /** Faults still to show; `undefined`: until cleared. */
  readonly times: number | undefined;
  /** 0 to 1, for each matching request. */
  readonly probability: number;
  readonly action: FaultAction;
}

/** The faults that one request meets, and the rules as they are afterwards. Used-up rules are gone. */
export interface FaultsTaken {
  readonly actions: readonly FaultAction[];
  readonly rules: readonly FaultRule[];
}

/** Finds the faults for a request. `random` gives 0 to below 1. */
export function takeFaults(
  rules: readonly FaultRule[],
  request: { readonly call: AgentCall; readonly cluster: string | undefined },
  random: () => number,
): FaultsTaken {
  const actions: FaultAction[] = [];
  const left = rules.flatMap((rule): FaultRule[] => {
    if (rule.on.length > 0 && !rule.on.includes(request.call)) return [rule];
    if (rule.cluster !== undefined && rule.cluster !== request.cluster) return [rule];
    if (rule.skip > 0) return [{ ...rule, skip: rule.skip - 1 }];
    if (rule.probability < 1 && random() >= rule.probability) return [rule];
    actions.push(rule.action);
    if (rule.times === undefined) return [rule];
    return rule.times > 1 ? [{ ...rule, times: rule.times - 1 }] : [];
  });
  return { actions, rules: left };
}
