/** What is known of the security of a cluster: pods that no node takes, findings of the manifest lint, images, benchmarks. */
import { hrefOf } from '../address.js';
import { ask } from '../ask.js';
import { crumbs, toCluster } from '../crumbs.js';
import { element } from '../dom.js';
import { chip, fold, plural, table } from '../security-parts.js';
import { NUMBER } from '../words.js';

const TONES = { CRITICAL: 'bad', HIGH: 'bad', MEDIUM: 'warn' };

export async function makeSecurity({ cluster }, model) {
  const [pending, findings, images, benchmarks] = await Promise.all(
    ['pending', 'findings', 'images', 'benchmarks'].map((name) => ask(name, { cluster })),
  );
  const root = element('div', { class: 'view security' }, [
    crumbs(...toCluster(cluster, model), ['Security and placement']),
    element('h2', {}, ['Security and placement']),
    pendingCard(cluster, pending),
    findingsCard(cluster, findings),
    imagesCard(images),
    benchmarksCard(benchmarks),
  ]);
  return { root, title: 'Security and placement' };
}

const PENDING = ['pending', 'Pods without a node'];
const FINDINGS = ['findings', 'Findings in manifests'];
const IMAGES = ['images', 'Images by digest'];
const BENCHMARKS = ['benchmarks', 'Benchmarks (CIS)'];

function card([id, title], note, children) {
  return element('section', { class: 'card', id, 'aria-labelledby': `${id}-title` }, [
    element('h3', { id: `${id}-title` }, [`${title} `, element('span', { class: 'muted' }, [note])]),
    ...children,
  ]);
}

const empty = (words) => element('p', { class: 'muted' }, [words]);

function pendingCard(cluster, answer) {
  const { pods = 0, reasons = [], rows = [] } = answer ?? {};
  if (pods === 0) return card(PENDING, '', [empty('Every pod has its node.')]);
  const note = `${plural(pods, 'pod')}${rows.length < pods ? `, the first ${rows.length} below` : ''}`;
  return card(PENDING, note, [
    element(
      'ul',
      { class: 'chips', 'aria-label': 'Reasons' },
      reasons.map(({ key, pods: of }) => element('li', {}, [chip(`${key}: ${plural(of, 'pod')}`, 'warn')])),
    ),
    table(
      ['Pod', 'What the scheduler counts'],
      rows.map(({ key, nodes, reasons: why }) => [
        element('a', { href: hrefOf({ cluster, pod: key }) }, [key]),
        why.length === 0
          ? 'the scheduler has told nothing yet'
          : `of ${plural(nodes, 'node')}: ${why.map(({ reason, count }) => `${count} ${reason}`).join(', ')}`,
      ]),
    ),
  ]);
}

function findingsCard(cluster, answer) {
  const { judged = 0, broken = 0, rules = [] } = answer ?? {};
  if (judged === 0) {
    const why =
      'No object was judged: the lint is off (LINT), or the agent sends by a wire that does not tell findings.';
    return card(FINDINGS, '', [empty(why)]);
  }
  const note = `${NUMBER.format(broken)} of ${plural(judged, 'judged object')} break a rule`;
  if (rules.length === 0) return card(FINDINGS, note, [empty('No rule is broken.')]);
  return card(FINDINGS, note, [
    table(
      ['Rule', 'Objects', 'Namespaces'],
      rules.map(({ key, objects, namespaces }) => [
        element('code', {}, [key]),
        NUMBER.format(objects),
        element(
          'div',
          { class: 'folds' },
          namespaces.map(({ key: namespace, objects: of }) =>
            fold(`${namespace === '' ? 'of the cluster' : namespace} ${NUMBER.format(of)}`, () =>
              foundObjects({ cluster, rule: key, namespace }),
            ),
          ),
        ),
      ]),
    ),
  ]);
}

async function foundObjects(query) {
  const { objects } = await ask('finding-objects', query);
  return element(
    'ul',
    {},
    objects.map(({ kind, name }) => element('li', {}, [`${kind} ${name}`])),
  );
}

const SEVERITIES = ['critical', 'high', 'medium', 'low', 'unknown'];

function imagesCard(answer) {
  const { rows = [], total = 0, scanned = 0 } = answer ?? {};
  if (total === 0) return card(IMAGES, '', [empty('No container has told which image it runs.')]);
  const shown = rows.length < total ? `, the worst ${rows.length} below` : '';
  const note = `${plural(total, 'image')}, ${NUMBER.format(scanned)} with a report${shown}`;
  return card(IMAGES, note, [
    table(
      ['Image', 'Pods', 'Findings', 'Worst'],
      rows.map(({ key, names, pods, found }) => [
        element('div', {}, [
          element('span', {}, [names[0] ?? 'without a name']),
          ...(names.length > 1 ? [element('small', {}, [` and ${plural(names.length - 1, 'other name')}`])] : []),
          element('br'),
          element('small', { class: 'mono', title: key }, [key.slice(0, 19)]),
        ]),
        NUMBER.format(pods),
        found === undefined ? element('span', { class: 'muted' }, ['no report']) : countChips(found.counts),
        found === undefined ? '' : worstList(found.worst),
      ]),
    ),
  ]);
}

function countChips(counts) {
  const some = SEVERITIES.filter((severity) => counts[severity] > 0);
  if (some.length === 0) return chip('none', 'good');
  return element(
    'span',
    { class: 'chips' },
    some.map((severity) => chip(`${NUMBER.format(counts[severity])} ${severity}`, TONES[severity.toUpperCase()])),
  );
}

function worstList(worst) {
  return element(
    'ul',
    { class: 'worst' },
    worst.map(({ id, package: name, installed, fixed }) =>
      element('li', {}, [`${id} ${name} ${installed}${fixed === '' ? ', not mended yet' : ` → ${fixed}`}`]),
    ),
  );
}

function benchmarksCard(answer) {
  const { rows = [] } = answer ?? {};
  if (rows.length === 0) {
    const why = 'No report: install trivy-operator beside the agent, as the chart’s README tells.';
    return card(BENCHMARKS, '', [empty(why)]);
  }
  return card(BENCHMARKS, '', [
    table(
      ['Benchmark', 'Controls passed', 'Failed', 'For people', 'What failed'],
      rows.map(({ benchmark, passed, failed, manual, controls }) => [
        benchmark,
        NUMBER.format(passed),
        chip(NUMBER.format(failed), failed > 0 ? 'bad' : 'good'),
        NUMBER.format(manual),
        element(
          'ul',
          { class: 'chips' },
          controls.map(({ id, severity, failures }) =>
            element('li', {}, [chip(`${id}: ${NUMBER.format(failures)}`, TONES[severity])]),
          ),
        ),
      ]),
    ),
  ]);
}
