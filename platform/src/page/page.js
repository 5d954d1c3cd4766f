/**
 * The page: takes the stream of changes and puts them on the screen.
 *
 * Whatever agents sent reaches the document as text only (`textContent`, never markup). The server decides what is shown and
 * how often; this file decides how it looks. Times arrive as instants and are shown as ages, once a second.
 */

const PHASES = { Running: 'good', Pending: 'warn', Failed: 'bad', Succeeded: 'busy', Unknown: '' };
const STATES = {
  SYNCED: 'good',
  SNAPSHOT: 'busy',
  FORBIDDEN: 'bad',
  DEGRADED: 'warn',
  ABSENT: '',
  STALE: '',
  NEW: '',
};
const STATUSES = {
  connected: ['Connected', 'good'],
  late: ['Late: two heartbeats missed', 'warn'],
  disconnected: ['Disconnected', 'bad'],
  waiting: ['Registered, no session yet', 'warn'],
};
const NODE_TONES = { ready: '', 'not ready': 'bad', cordoned: 'warn', missing: 'bad' };
const NUMBER = new Intl.NumberFormat('en');
const TIME = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium' });

const byId = (id) => document.getElementById(id);
const model = {};
let chosen = new URL(location.href).searchParams.get('cluster') ?? '';
let stream;
/** What to add to this machine's clock to get the platform's, ms. */
let clockOffset = 0;

// ── stream ──────────────────────────────────────────────────────────────────────────────────────────────────────────

function connect() {
  stream?.close();
  stream = new EventSource(`/_page/stream?cluster=${encodeURIComponent(chosen)}`);
  stream.addEventListener('message', ({ data }) => {
    showStream('live', 'Live');
    const { nowMs, full, change } = JSON.parse(data);
    clockOffset = nowMs - Date.now();
    for (const [section, value] of Object.entries(change)) model[section] = merge(model[section], value, full);
    render(Object.keys(change));
  });
  stream.addEventListener('error', () => {
    showStream('lost', 'The platform does not answer, trying again…');
    // The browser tries again by itself, but not after an answer that is no stream.
    if (stream.readyState === EventSource.CLOSED) setTimeout(connect, 2000);
  });
}

/** A list arrives as changed rows and, when it changed, their order; everything else arrives whole. */
function merge(known, value, full) {
  if (!Array.isArray(value?.set)) return value;
  const byKey = new Map(full || !Array.isArray(known) ? [] : known.map((row) => [row.key, row]));
  for (const row of value.set) byKey.set(row.key, row);
  return value.order ? value.order.map((key) => byKey.get(key)) : [...byKey.values()];
}

function showStream(state, text) {
  byId('stream').dataset.state = state;
  setText(byId('stream'), text);
}

// ── what changed, put on the screen ─────────────────────────────────────────────────────────────────────────────────

const VIEWS = {
  clusters: showClusters,
  summary: showSummary,
  feeds: showFeeds,
  pods: showPods,
  namespaces: showNamespaces,
  namespaceCount: showNamespaces,
  nodes: showNodes,
  nodeCount: showNodes,
  rates: showRates,
  notices: showNotices,
  events: showEvents,
  logs: showLogs,
  faults: showFaults,
};

function render(sections) {
  for (const view of new Set(sections.map((section) => VIEWS[section]))) view?.();
}

function showClusters() {
  const { clusters } = model;
  if (chosen === '' && clusters.length > 0) return choose(clusters[0].key, true);
  rows(byId('cluster'), clusters, {
    create: () => document.createElement('option'),
    update: (option, { key, name, provider, status }) => {
      option.value = key;
      setText(option, `${name} · ${provider}${status === 'connected' ? '' : ` · ${status}`}`);
    },
  });
  byId('cluster').value = chosen;
  byId('picker').hidden = clusters.length < 2 && clusters.some(({ key }) => key === chosen);
  if (clusters.length === 0) byId('picker').hidden = true;
}

function showSummary() {
  const { summary, clusters } = model;
  byId('board').hidden = !summary;
  // What is on its way is not missing: the cluster is known, only not yet what is to be told of it.
  byId('empty').hidden = Boolean(summary) || clusters.some(({ key }) => key === chosen);
  document.title = summary ? `${summary.name} · Reference platform` : 'Reference platform';
  if (!summary) {
    const unknown = chosen !== '' && clusters.length > 0;
    setText(byId('empty-title'), unknown ? 'There is no such cluster' : 'No cluster yet');
    const text = unknown
      ? `No cluster is registered under the id ${chosen}. Choose one above, or start an agent for another:`
      : 'Nothing has registered here. Start an agent and point it at this address:';
    setText(byId('empty-text'), text);
    setText(byId('empty-command'), `API_URL=${location.origin} API_KEY=any npm run agent`);
    return;
  }
  const [words, tone] = STATUSES[summary.status];
  setText(byId('name'), summary.name);
  const session = summary.epoch
    ? [
        `Kubernetes ${summary.kubernetesVersion}`,
        `agent ${summary.agentVersion}`,
        `session ${summary.epoch} of ${summary.instanceId}`,
      ]
    : [];
  setText(byId('identity'), [summary.provider, summary.id, ...session].join(' · '));
  setText(byId('status'), words);
  setTone(byId('status'), tone);
  setText(byId('objects'), NUMBER.format(summary.objects));
  setText(byId('objects-note'), `${NUMBER.format(summary.entriesTotal)} entries so far`);
  setText(byId('received'), NUMBER.format(summary.receivedTotal));
  const waiting = summary.receivedTotal - summary.processedTotal;
  setText(byId('processed'), waiting === 0 ? 'all processed' : `${NUMBER.format(waiting)} not processed`);
  setTone(byId('processed'), waiting === 0 ? '' : 'warn');
  setText(byId('lag'), summary.lagMs === undefined ? '–' : duration(summary.lagMs));
  setText(byId('bytes'), bytes(summary.wireBytesTotal));
  const perEntry = summary.entriesTotal === 0 ? 0 : summary.wireBytesTotal / summary.entriesTotal;
  setText(byId('bytes-note'), perEntry === 0 ? 'compressed' : `${bytes(perEntry)} per entry`);
  showAges();
}

function showFeeds() {
  const { feeds } = model;
  const count = (wanted) => feeds.filter(({ state }) => state === wanted).length;
  const absent = count('ABSENT');
  // What the cluster does not serve is nothing that could be synced.
  const note = `${count('SYNCED')} of ${feeds.length - absent} synced${absent === 0 ? '' : `, ${absent} not served here`}`;
  setText(byId('feeds-note'), feeds.length === 0 ? 'none offered yet' : note);
  rows(byId('feeds'), feeds, {
    create: () =>
      element('tr', {}, [
        element('td', {}, [element('span'), ' ', element('small')]),
        element('td', { class: 'reason' }, [element('span', { class: 'chip' }), ' ', element('small')]),
        element('td', { class: 'number' }),
        element('td', { class: 'number optional mono' }),
        element('td', { class: 'number age' }),
        element('td', { class: 'number optional' }),
      ]),
    update: (row, feed) => {
      const [resource, state, objects, point, age, took] = row.cells;
      const isUrgent = ['DEGRADED', 'FORBIDDEN', 'SNAPSHOT'].includes(feed.state);
      row.className = feed.objects === 0 && !isUrgent ? 'quiet' : '';
      setText(resource.children[0], feed.resource);
      setText(resource.children[1], [feed.group, feed.scope].filter(Boolean).join(' · '));
      setText(state.children[0], feed.state.toLowerCase());
      setTone(state.children[0], STATES[feed.state] ?? '');
      const arriving = feed.state === 'SNAPSHOT' ? `${NUMBER.format(feed.arriving)} arrived` : '';
      setText(state.children[1], [arriving, feed.reason].filter(Boolean).join(' · '));
      setText(objects, NUMBER.format(feed.objects));
      setText(point, feed.resumePoint || '–');
      age.dataset.at = feed.observedAtMs ?? '';
      setText(age, feed.observedAtMs === undefined ? '–' : ago(feed.observedAtMs));
      const lag = feed.appliedAtMs === undefined ? '–' : duration(Math.max(0, feed.appliedAtMs - feed.observedAtMs));
      setText(took, lag);
    },
  });
}

function showPods() {
  const { total, byPhase, uncounted } = model.pods;
  const known = Object.keys(PHASES);
  const phases = Object.entries(byPhase).sort(([a], [b]) => known.indexOf(a) - known.indexOf(b));
  setText(
    byId('pods-note'),
    uncounted > 0 ? `${NUMBER.format(total)}, counting ${NUMBER.format(uncounted)} more…` : NUMBER.format(total),
  );
  const items = phases.map(([key, count]) => ({ key, count }));
  rows(byId('phases'), items, {
    create: () => element('span'),
    update: (part, { key, count }) => {
      part.style.flexGrow = String(count);
      setTone(part, PHASES[key] ?? '');
    },
  });
  byId('phases').setAttribute('aria-label', items.map(({ key, count }) => `${count} ${key}`).join(', ') || 'no pods');
  rows(byId('legend'), items, {
    create: () => element('li', {}, [element('i'), element('span')]),
    update: (item, { key, count }) => {
      setTone(item, PHASES[key] ?? '');
      setText(item.children[1], `${key} ${NUMBER.format(count)}`);
    },
  });
}

function showNamespaces() {
  const { namespaces, namespaceCount } = model;
  const hidden = namespaceCount - namespaces.length;
  setText(byId('namespaces-note'), hidden > 0 ? `largest ${namespaces.length} of ${namespaceCount}` : '');
  const most = namespaces[0]?.pods ?? 0;
  const items = namespaces.map((row) => ({ ...row, most }));
  rows(byId('namespaces'), items, {
    create: () => {
      const bar = meter();
      bar.append(element('span', { 'data-tone': 'warn' }));
      const counts = element('span', { class: 'number' }, [element('span'), element('span', { class: 'pending' })]);
      return element('li', {}, [element('span', { class: 'label' }), bar, counts]);
    },
    update: (item, { key, pods, pending }) => {
      const [label, bar, counts] = item.children;
      setText(label, key);
      label.title = key;
      setMeter(bar, { part: pods, whole: most, text: `${key}: ${pods} pods, ${pending} pending` });
      bar.firstChild.style.width = `${((pods - pending) / most) * 100}%`;
      bar.lastChild.style.width = `${(pending / most) * 100}%`;
      setText(counts.firstChild, NUMBER.format(pods));
      setText(counts.lastChild, pending > 0 ? ` (${NUMBER.format(pending)} pending)` : '');
    },
  });
}

function showNodes() {
  const { nodes, nodeCount } = model;
  const wanted = byId('filter').value.trim().toLowerCase();
  const shown = nodes.filter(({ key, instanceType, status }) =>
    `${key} ${instanceType} ${status}`.toLowerCase().includes(wanted),
  );
  const cut =
    nodeCount > nodes.length ? `first ${nodes.length} of ${NUMBER.format(nodeCount)}` : NUMBER.format(nodeCount);
  setText(byId('nodes-note'), wanted === '' ? cut : `${shown.length} of ${cut}`);
  rows(byId('nodes'), shown, {
    create: () =>
      element('tr', { role: 'row' }, [
        element('td', { role: 'cell' }, [
          element('span'),
          ' ',
          element('span', { class: 'chip' }),
          ' ',
          element('small'),
        ]),
        element('td', { role: 'cell', class: 'number' }),
        element('td', { role: 'cell' }, [element('div', { class: 'load' }, [meter(), element('b')])]),
        element('td', { role: 'cell' }, [element('div', { class: 'load' }, [meter(), element('b')])]),
      ]),
    update: (row, node) => {
      const [name, pods, cpu, memory] = row.cells;
      setText(name.children[0], node.key);
      setText(name.children[1], node.status);
      name.children[1].hidden = node.status === 'ready';
      setTone(name.children[1], NODE_TONES[node.status]);
      setText(name.children[2], node.instanceType);
      setText(pods, node.podsAllocatable > 0 ? `${node.pods} / ${node.podsAllocatable}` : String(node.pods));
      showLoad(cpu, { what: 'CPU', part: node.cpuRequested, whole: node.cpuAllocatable, unit: cores });
      showLoad(memory, { what: 'Memory', part: node.memoryRequested, whole: node.memoryAllocatable, unit: bytes });
    },
  });
}

function showLoad(cell, { what, part, whole, unit }) {
  const [bar, text] = cell.firstChild.children;
  const words = whole > 0 ? `${unit(part)} / ${unit(whole)}` : unit(part);
  setText(text, words);
  setMeter(bar, { part, whole, text: `${what} ${words}` });
  setTone(bar, whole > 0 && part / whole > 0.9 ? 'warn' : '');
}

function showRates() {
  const { rates } = model;
  setText(byId('rate'), NUMBER.format(rates.at(-1) ?? 0));
  const most = Math.max(1, ...rates);
  const points = rates.map(
    (rate, index) => `${((index * 120) / (rates.length - 1)).toFixed(1)} ${(31 - (rate / most) * 29).toFixed(1)}`,
  );
  byId('spark-line').setAttribute('d', `M${points.join('L')}`);
  byId('spark-area').setAttribute('d', `M0 32L${points.join('L')}L120 32Z`);
  byId('spark').setAttribute('aria-label', `Changes per second over the last minute, at most ${most}`);
}

function showNotices() {
  byId('notices-card').hidden = model.notices.length === 0;
  showLines('notices', model.notices);
}

function showEvents() {
  showLines('events', model.events);
}

function showLines(id, lines) {
  rows(byId(id), lines, {
    create: () =>
      element('li', {}, [element('time'), element('span', { class: 'kind' }), element('span', { class: 'text' })]),
    update: (item, { atMs, tone, kind, text }) => fillLine(item, { atMs, tone, kind, text }),
  });
}

function showLogs() {
  setText(byId('logs-note'), model.logs.length === 0 ? 'nothing sent' : `last ${model.logs.length}`);
  rows(byId('logs'), model.logs, {
    create: () =>
      element('li', {}, [element('time'), element('span', { class: 'kind' }), element('span', { class: 'text' })]),
    update: (item, { atMs, level, message }) => {
      const tone = { warning: 'warn', warn: 'warn', error: 'bad', fatal: 'bad', panic: 'bad' }[level] ?? '';
      fillLine(item, { atMs, tone, kind: level, text: message });
    },
  });
}

function showFaults() {
  byId('faults').hidden = model.faults.length === 0;
  byId('faults').replaceChildren(...model.faults.map((text) => element('li', {}, [text])));
}

function fillLine(item, { atMs, tone, kind, text }) {
  setTone(item, tone === 'plain' ? '' : tone);
  const [time, what, words] = item.children;
  time.dateTime = new Date(atMs).toISOString();
  setText(time, TIME.format(atMs));
  setText(what, kind);
  setText(words, text);
}

/** What gets older without any news. */
function showAges() {
  const { summary } = model;
  if (!summary) return;
  const { lastBatchAtMs } = summary;
  setText(byId('last-batch'), lastBatchAtMs === undefined ? 'no batch yet' : `last batch ${ago(lastBatchAtMs)}`);
  for (const cell of document.querySelectorAll('.age'))
    if (cell.dataset.at) setText(cell, ago(Number(cell.dataset.at)));
}

// ── choice ──────────────────────────────────────────────────────────────────────────────────────────────────────────

function choose(id, replace = false) {
  chosen = id;
  const url = new URL(location.href);
  url.searchParams.set('cluster', id);
  history[replace ? 'replaceState' : 'pushState'](null, '', url);
  connect();
}

byId('cluster').addEventListener('change', ({ target }) => choose(target.value));
byId('filter').addEventListener('input', () => model.nodes && showNodes());
addEventListener('popstate', () => {
  chosen = new URL(location.href).searchParams.get('cluster') ?? '';
  connect();
});
setInterval(showAges, 1000);
connect();

// ── small parts ─────────────────────────────────────────────────────────────────────────────────────────────────────

/** Makes the children of `parent` those of `items`, in order; an item's element is kept by its key and touched only if needed. */
function rows(parent, items, { create, update }) {
  const known = new Map([...parent.children].map((child) => [child.dataset.key, child]));
  let next = parent.firstElementChild;
  for (const item of items) {
    const key = String(item.key);
    const child = known.get(key) ?? create();
    known.delete(key);
    const look = JSON.stringify(item);
    if (child.dataset.key !== key || looks.get(child) !== look) {
      child.dataset.key = key;
      looks.set(child, look);
      update(child, item);
    }
    if (child === next) next = next.nextElementSibling;
    else parent.insertBefore(child, next);
  }
  for (const child of known.values()) child.remove();
}
const looks = new WeakMap();

function element(name, attributes = {}, children = []) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

function meter() {
  return element('span', { class: 'meter', role: 'meter', 'aria-valuemin': '0', 'aria-valuemax': '100' }, [
    element('span'),
  ]);
}

function setMeter(bar, { part, whole, text }) {
  const percent = whole > 0 ? Math.min(100, Math.round((part / whole) * 100)) : 0;
  bar.firstChild.style.width = `${percent}%`;
  bar.setAttribute('aria-valuenow', String(percent));
  bar.setAttribute('aria-label', text);
  bar.setAttribute('aria-valuetext', text);
}

function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

function setTone(node, tone) {
  if (tone) node.dataset.tone = tone;
  else delete node.dataset.tone;
}

function ago(atMs) {
  const seconds = Math.max(0, (Date.now() + clockOffset - atMs) / 1000);
  if (seconds < 2) return 'just now';
  if (seconds < 120) return `${Math.floor(seconds)} s ago`;
  if (seconds < 7200) return `${Math.floor(seconds / 60)} min ago`;
  return seconds < 172_800 ? `${Math.floor(seconds / 3600)} h ago` : `${Math.floor(seconds / 86_400)} days ago`;
}

function duration(ms) {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 120_000) return `${(ms / 1000).toFixed(ms < 10_000 ? 1 : 0)} s`;
  return ms < 7_200_000 ? `${Math.round(ms / 60_000)} min` : `${Math.round(ms / 3_600_000)} h`;
}

function bytes(value) {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];
  let size = value;
  let unit = 0;
  while (size >= 1024 && unit < units.length - 1) {
    size /= 1024;
    unit += 1;
  }
  return `${size >= 100 || unit === 0 ? Math.round(size) : size.toFixed(1)} ${units[unit]}`;
}

function cores(value) {
  return `${value >= 100 ? Math.round(value) : Number(value.toFixed(value < 10 ? 2 : 1))}`;
}
