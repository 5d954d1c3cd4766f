/** What may be asked of a node, and what came of it. */
import { sendTo } from '../ask-for.js';
import { ask } from '../ask.js';
import { element, setText } from '../dom.js';
import { chip, table } from '../security-parts.js';

const WORDS = { cordon: 'Cordon', uncordon: 'Uncordon', drain: 'Drain', remove: 'Remove' };

/** The card of one node; hidden where nothing may be asked and nothing was. */
export function nodeActions({ cluster, node }) {
  const said = element('span', { role: 'status', class: 'muted' });
  const calls = element('p', { class: 'calls' });
  const list = element('div');
  const section = element('section', { class: 'card', id: 'actions', 'aria-labelledby': 'actions-title', hidden: '' }, [
    element('h3', { id: 'actions-title' }, ['Actions']),
    calls,
    list,
  ]);
  async function load() {
    const { choices, rows } = await ask('actions', { cluster, node });
    section.hidden = choices.length === 0 && rows.length === 0;
    if (calls.childElementCount === 0 && choices.length > 0)
      calls.append(...choices.flatMap((name) => [button(name), ' ']), said);
    list.replaceChildren(
      rows.length === 0
        ? element('p', { class: 'muted' }, ['Nothing was asked of it yet.'])
        : table(
            ['When', 'What', 'What came of it'],
            rows.map(({ createdAtMs, name, state, tone }) => [
              new Date(createdAtMs).toLocaleString('en-GB'),
              WORDS[name] ?? name,
              chip(state, tone),
            ]),
          ),
    );
  }
  function button(name) {
    const press = element('button', { type: 'button' }, [WORDS[name]]);
    press.addEventListener('click', async () => {
      // Pods leave, or the node does: asked twice.
      if ((name === 'drain' || name === 'remove') && press.dataset.asked === undefined) {
        press.dataset.asked = '';
        setText(press, `${WORDS[name]} ${node}, really`);
        return;
      }
      delete press.dataset.asked;
      setText(press, WORDS[name]);
      try {
        await sendTo(`/clusters/${encodeURIComponent(cluster)}/actions`, 'POST', { action: name, node });
        setText(said, 'asked for');
        await load();
      } catch (error) {
        setText(said, error.message);
      }
    });
    return press;
  }
  return { section, load };
}
