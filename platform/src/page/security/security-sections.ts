import type { PlatformStore } from '../../store/platform-store.ts';
import type { PageSection } from '../page-api.ts';
import { findingsSection, foundObjectsSection } from './findings-section.ts';

/** What the page's part about security asks for, by the names in its addresses. */
export function securitySections(store: PlatformStore): Record<string, PageSection> {
  return {
    findings: findingsSection(store),
    'finding-objects': foundObjectsSection(store),
  };
}
