import type { AgentConfig } from '../config.ts';

/** Whether objects are judged. Nobody would be told of it by the wire of the public API: it has no place for findings. */
export function isLinted({ lint, platformWire }: Pick<AgentConfig, 'lint' | 'platformWire'>): boolean {
  return lint && platformWire !== 'agent-deltas';
}
