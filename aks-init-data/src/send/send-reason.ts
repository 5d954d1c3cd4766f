/** Why the data is sent, strongest first: a delivery has one reason. */
export const SEND_REASONS = [
  'requested',
  'startup',
  'control-plane',
  'kubelet',
  'node-image',
  'content',
  'periodic',
] as const;

/** One of the reasons. */
export type SendReason = (typeof SEND_REASONS)[number];
