import { describe, expect, it } from 'vitest';
import { SnapshotQueue } from './snapshot-queue.ts';

function queueWith(places: number): {
  queue: SnapshotQueue;
  turns: string[];
  room: { is: boolean };
  feed: (name: string, priority: number) => { priority: number; onTurn: () => void };
} {
  const turns: string[] = [];
  const room = { is: true };
  const queue = new SnapshotQueue({ places, hasRoom: () => room.is });
  return { queue, turns, room, feed: (name, priority) => ({ priority, onTurn: () => turns.push(name) }) };
}

describe('snapshot queue', () => {
  it('lets the most important feeds go first, two at a time', () => {
    const { queue, turns, room, feed } = queueWith(2);
    room.is = false;
    const [pods, nodes, jobs] = [feed('pods', 1), feed('nodes', 0), feed('jobs', 2)];
    for (const candidate of [jobs, pods, nodes]) queue.join(candidate);
    room.is = true;
    queue.poke();
    expect(turns).toEqual(['nodes', 'pods']);
    queue.leave(nodes);
    expect(turns).toEqual(['nodes', 'pods', 'jobs']);
  });

  it('gives no turn while there is no room, and goes on when there is', () => {
    const { queue, turns, room, feed } = queueWith(2);
    room.is = false;
    queue.join(feed('pods', 1));
    expect(turns).toEqual([]);
    expect(queue.waitingCount).toBe(1);
    room.is = true;
    queue.poke();
    expect(turns).toEqual(['pods']);
  });

  it('forgets a feed that leaves before its turn', () => {
    const { queue, turns, feed } = queueWith(1);
    const [pods, nodes] = [feed('pods', 1), feed('nodes', 0)];
    queue.join(pods);
    queue.join(nodes);
    queue.leave(nodes);
    queue.leave(pods);
    expect(turns).toEqual(['pods']);
  });
});
