/**
 * The sections of the page: which parts of the model each of them shows. A new one is a file in `sections/` and a line here.
 */
import { showClusters } from './sections/clusters.js';
import { showSummary } from './sections/summary.js';
import { showFeeds } from './sections/feeds.js';
import { showPods } from './sections/pods.js';
import { showNamespaces } from './sections/namespaces.js';
import { showNodes } from './sections/nodes.js';
import { showRates } from './sections/rates.js';
import { showNotices } from './sections/notices.js';
import { showEvents } from './sections/events.js';
import { showLogs } from './sections/logs.js';
import { showFaults } from './sections/faults.js';

/** `show(model, choice)` is called when one of the parts `of` the model has changed. */
export const SECTIONS = [
  { of: ['clusters'], show: showClusters },
  { of: ['summary'], show: showSummary },
  { of: ['feeds'], show: showFeeds },
  { of: ['pods'], show: showPods },
  { of: ['namespaces', 'namespaceCount'], show: showNamespaces },
  { of: ['nodes', 'nodeCount'], show: showNodes },
  { of: ['rates'], show: showRates },
  { of: ['notices'], show: showNotices },
  { of: ['events'], show: showEvents },
  { of: ['logs'], show: showLogs },
  { of: ['faults'], show: showFaults },
];
