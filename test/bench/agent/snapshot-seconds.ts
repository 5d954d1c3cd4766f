import type { PlatformControl } from '../../platform-rig/client.ts';

/** From the session's opening to the last entry that the platform applied, as the platform saw both. Call it when the agent is synced. */
export async function snapshotSeconds(control: PlatformControl): Promise<number> {
  const [state] = (await control.state()).clusters;
  if (state === undefined) throw new Error('the agent is ready, but the platform knows no cluster');
  const lastAppliedAtMs = Math.max(...state.feeds.map(({ appliedAtMs }) => appliedAtMs ?? 0));
  return (lastAppliedAtMs - (state.openedAtMs ?? Number.NaN)) / 1000;
}
