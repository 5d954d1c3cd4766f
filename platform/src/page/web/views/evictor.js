/** Which nodes of a cluster could go, which must be renewed, and what stands in the way: what its evictor has told last. */
import { hrefOf } from '../address.js';
import { ask } from '../ask.js';
import { ago } from '../clock.js';
import { crumbs, toCluster } from '../crumbs.js';
import { element, setText } from '../dom.js';
import { facts } from '../facts.js';
import { listTable } from '../list-table.js';
import { plural, table } from '../security-parts.js';
import { whileShown } from '../while-shown.js';
import { NUMBER } from '../words.js';

const TITLE = 'Nodes that could go or must be renewed';
/** An evictor tells at most once a minute. */
const EVERY_MS = 30_000;

export async function makeEvictor({ cluster }, model) {
  const way = crumbs(...toCluster(cluster, model), [TITLE]);
  const first = await ask('evictor', { cluster });
  if (first === undefined) return { root: element('div', { class: 'view' }, [way, nothing()]), title: TITLE };
  const head = element('div', { class: 'view' });
  const lists = [goingList(cluster), renewList(cluster), stayingList(cluster)];
  const [going, renew, staying] = lists;
  const root = element('div', { class: 'view evictor' }, [
    way,
    element('h2', {}, [TITLE]),
    head,
    going.section,
    renew.section,
    staying.section,
  ]);
  let shown;
  const showHead = (answer) => {
    const look = JSON.stringify(answer);
    // What did not change is left alone: somebody may be reading in it.
    if (look !== shown) head.replaceChildren(...summary(answer));
    shown = look;
  };
  showHead(first);
  const refresh = async () => {
    const answer = await ask('evictor', { cluster });
    if (answer === undefined) return;
    showHead(answer);
    for (const list of lists) list.refresh();
  };
  whileShown(root, EVERY_MS, refresh);
  return { root, title: TITLE, reload: () => lists.forEach((list) => list.reload()) };
}

function summary({ atMs, nodes, pods, controlPlane, saved, going, notLookedAt, staying, renew, leftOut }) {
  const left = [
    [leftOut.nodes, 'node'],
    [leftOut.moves, 'move'],
    [leftOut.blockers, 'reason'],
  ].filter(([count]) => count > 0);
  return [
    facts([
      ['Could go', `${atLeast({ notLookedAt })}${NUMBER.format(going)} of ${plural(nodes, 'node')}`],
      ['No time yet to look at', notLookedAt > 0 ? plural(notLookedAt, 'node') : ''],
      ['Would be saved', `${NUMBER.format(saved.cores)} cores, ${NUMBER.format(Math.round(saved.gibibytes))} GiB`],
      ['Must be renewed', NUMBER.format(renew.nodes)],
      ['Looked at', `${ago(atMs)}, with ${plural(pods, 'pod')}`],
      ['Control plane', controlPlane],
      ['Did not fit into the report', left.map(([count, word]) => plural(count, word)).join(', ')],
    ]),
    reasonsCard('Why nodes stay', staying.reasons),
    reasonsCard('Why nodes must be renewed', renew.reasons),
  ];
}

/** What was not looked at is not known to stay. */
function atLeast({ notLookedAt }) {
  return notLookedAt > 0 ? 'at least ' : '';
}

let made = 0;

function reasonsCard(title, reasons) {
  made += 1;
  const id = `evictor-${made}`;
  const inside =
    reasons.length === 0
      ? element('p', { class: 'muted' }, ['None.'])
      : table(
          ['Reason', 'Nodes', 'What it means', 'What to do'],
          reasons.map(({ key, nodes, words, cure }) => [element('code', {}, [key]), NUMBER.format(nodes), words, cure]),
        );
  return element('section', { class: 'card', 'aria-labelledby': id }, [element('h3', { id }, [title]), inside]);
}

function goingList(cluster) {
  return listTable({
    title: 'Could go',
    name: 'evictor-going',
    columns: [
      { title: 'Node', sort: 'name' },
      { title: 'Pods', sort: 'pods', number: true },
      { title: 'Where they find a place' },
    ],
    load: (part) => ask('evictor-going', { cluster, ...part }),
    create: () => row(['name', 'number', 'why']),
    update: (item, { key, moves }) => {
      const [name, count, where] = item.cells;
      link(name, cluster, key);
      setText(count, NUMBER.format(moves.length));
      tell(where, moves.length === 0 ? 'no pod has to move' : moves.map(({ pod, to }) => `${pod} → ${to}`).join(', '));
    },
  });
}

const renewList = (cluster) => reasonsList(cluster, 'Must be renewed', 'evictor-renew');
const stayingList = (cluster) => reasonsList(cluster, 'Stay', 'evictor-staying');

function reasonsList(cluster, title, name) {
  return listTable({
    title,
    name,
    columns: [
      { title: 'Node', sort: 'name' },
      { title: 'Reasons', sort: 'reasons', number: true },
      { title: 'Why', sort: 'reason' },
    ],
    load: (part) => ask(name, { cluster, ...part }),
    create: () => row(['name', 'number', 'why']),
    update: (item, { key, reasons }) => {
      const [node, count, why] = item.cells;
      link(node, cluster, key);
      setText(count, NUMBER.format(reasons.length));
      tell(why, reasons.map(inWords).join('; '));
    },
  });
}

/** `pod_affinity shop/web-1: 3 nodes …`. */
function inWords({ reason, pod, detail }) {
  return [reason, pod, detail && `(${detail})`].filter(Boolean).join(' ');
}

function row(classes) {
  return element(
    'tr',
    {},
    classes.map((name) => element('td', { role: 'cell', class: name }, name === 'name' ? [element('a')] : [])),
  );
}

function link(cell, cluster, node) {
  setText(cell.firstChild, node);
  cell.firstChild.href = hrefOf({ cluster, node });
}

/** One line; the whole of it is what the mouse is told, and on the node's own page. */
function tell(cell, words) {
  setText(cell, words);
  cell.title = words;
}

function nothing() {
  return element('section', { class: 'card' }, [
    element('h2', {}, [TITLE]),
    element('p', {}, ['The evictor of this cluster has told nothing yet.']),
    element('p', {}, [
      'It tells which nodes could go where API_URL, API_KEY and CLUSTER_ID are set for it: evictor/README.md says how.',
    ]),
  ]);
}
