import { expect, it } from 'vitest';
import { PageTrail } from './page-trail.ts';

it('finds every circle of pages, however long it is and whatever comes before it', () => {
  for (let before = 0; before <= 20; before += 1) {
    for (let circle = 1; circle <= 20; circle += 1) {
      const trail = new PageTrail();
      const pageAt = (index: number): string => String(index < before ? index : before + ((index - before) % circle));
      let count = 1;
      while (!trail.leadsBack(pageAt(count - 1))) count += 1;
      expect(count).toBeLessThanOrEqual(3 * (before + circle));
      // Asked again of the same page it says the same.
      expect(trail.leadsBack(pageAt(count - 1))).toBe(true);
    }
  }
});

it('finds none in pages that go on, nor in a list that begins like the one before', () => {
  const trail = new PageTrail();
  for (let list = 0; list < 2; list += 1) {
    trail.begin();
    for (let index = 0; index < 1000; index += 1) expect(trail.leadsBack(String(index))).toBe(false);
  }
});
