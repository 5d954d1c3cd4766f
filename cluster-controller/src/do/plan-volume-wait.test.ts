import { describe, expect, it } from 'vitest';
import { awaitedAttachments, claimsOf, viewAttachment } from './plan-volume-wait.ts';

const attachment = (name: string, nodeName: string, volume?: string) =>
  viewAttachment({
    metadata: { name, uid: name },
    spec: { nodeName, source: volume === undefined ? { inlineVolumeSpec: {} } : { persistentVolumeName: volume } },
  });

describe('the volumes of a drained node', () => {
  it('defect 9: those of pods that stay are not waited for', () => {
    const all = [
      attachment('a', 'n', 'v-1'),
      attachment('b', 'n', 'v-daemon'),
      attachment('c', 'other', 'v-2'),
      attachment('d', 'n'),
    ];
    const attachments = all.filter((one) => one !== undefined);
    expect(awaitedAttachments(attachments, 'n', new Set(['v-daemon'])).map(({ name }) => name)).toEqual(['a', 'd']);
  });

  it('are found by the claims of a pod, those that it makes for itself among them', () => {
    const volumes = [
      { name: 'data', persistentVolumeClaim: { claimName: 'c' } },
      { name: 'own', ephemeral: {} },
      { name: 'x', emptyDir: {} },
      7,
    ];
    expect(claimsOf({ metadata: { name: 'p', namespace: 'd' }, spec: { volumes } })).toEqual(['d/c', 'd/p-own']);
    expect(claimsOf({ metadata: { name: 'p' } })).toEqual([]);
    expect(claimsOf(undefined)).toEqual([]);
  });

  it('of what is no attachment are none', () => {
    expect([viewAttachment(undefined), viewAttachment({ metadata: { name: 'a' } })]).toEqual([undefined, undefined]);
  });
});
