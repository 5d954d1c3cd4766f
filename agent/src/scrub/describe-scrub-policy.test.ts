import { describe, expect, it } from 'vitest';
import { describeScrubPolicy } from './describe-scrub-policy.ts';
import { RULES, SCRUB_SWITCHES } from './rules.ts';

const row = (part: string): string | undefined => describeScrubPolicy().find((each) => each.part === part)?.sends;

describe('describeScrubPolicy', () => {
  it('has one row for every rule and for every part that is referred to', () => {
    const rows = describeScrubPolicy();
    const parts = rows.map((each) => each.part);
    expect(new Set(parts).size).toBe(parts.length);
    expect(rows.filter((each) => !each.isShared).map((each) => each.part)).toEqual(Object.keys(RULES));
    const referred = rows.flatMap((each) => [...each.sends.matchAll(/<([^>]+)>/g)].map((match) => match[1]));
    expect(new Set(referred)).toEqual(new Set(rows.filter((each) => each.isShared).map((each) => each.part)));
  });

  it('writes objects, lists, maps, shared parts and switches', () => {
    expect(row('metadata')).toBe(
      'name, namespace, uid, generation, deletionGracePeriodSeconds, creationTimestamp, deletionTimestamp, labels{*}, ' +
        'annotations{allowed keys}, annotationsLeftOut made of annotations (only how many allowed ones are too long), ' +
        'ownerReferences[]{apiVersion, kind, name, uid, controller}, finalizers[]',
    );
    expect(row('configMap')).toBe(
      'metadata<metadata>, immutable, data?configMapValues{*} else {*} sizes in bytes, ' +
        'binaryData?configMapValues{*} else {*} sizes in bytes',
    );
    expect(row('condition')).toBe(
      'type, status, reason, lastTransitionTime, observedGeneration, message?conditionMessages',
    );
  });

  it('mentions every switch, so that none is without effect', () => {
    const all = describeScrubPolicy()
      .map((each) => each.sends)
      .join(' ');
    for (const name of Object.keys(SCRUB_SWITCHES)) expect(all).toContain(`?${name}`);
  });
});
