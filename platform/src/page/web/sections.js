/**
 * The sections of a cluster's board: which parts of the model each of them shows. A new one is a file in `sections/` and a line here.
 */
import { showClusters } from './sections/clusters.js';
import { showEvictorLink } from './sections/evictor-link.js';
import { showEvents } from './sections/events.js';
import { showSecurityLink } from './sections/security-link.js';
import { showFaults } from './sections/faults.js';
import { showFeeds } from './sections/feeds.js';
import { showGroups } from './sections/groups.js';
import { showInterruptions } from './sections/interruptions.js';
import { showLogs } from './sections/logs.js';
import { showNamespaces } from './sections/namespaces.js';
import { showNodes } from './sections/nodes.js';
import { showNotices } from './sections/notices.js';
import { showPods } from './sections/pods.js';
import { showProblems } from './sections/problems.js';
import { showRates } from './sections/rates.js';
import { showSummary } from './sections/summary.js';
import { showTotals } from './sections/totals.js';

/**
 * `show(model, { cluster, isBoard, isNewPlace })` is called when one of the parts `of` the model has changed, and when the address has
 * (`isNewPlace`): what is only asked for is asked for anew then.
 */
export const SECTIONS = [
  { of: ['clusters'], show: showClusters },
  { of: ['summary'], show: showSummary },
  { of: ['problems'], show: showProblems },
  { of: ['interruptions'], show: showInterruptions },
  { of: ['totals'], show: showTotals },
  { of: ['groups'], show: showGroups },
  { of: ['feeds'], show: showFeeds },
  { of: ['pods'], show: showPods },
  { of: ['namespaces', 'namespaceCount'], show: showNamespaces },
  { of: ['lists'], show: showNodes },
  { of: ['rates'], show: showRates },
  { of: ['notices'], show: showNotices },
  { of: ['events'], show: showEvents },
  { of: ['logs'], show: showLogs },
  { of: ['faults'], show: showFaults },
  { of: ['summary'], show: showSecurityLink },
  { of: ['summary'], show: showEvictorLink },
];
