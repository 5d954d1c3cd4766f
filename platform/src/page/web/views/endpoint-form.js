/** The form by which an endpoint is made or changed. What nobody is shown stays as it is where its field is left empty. */
import { sendTo } from '../ask-for.js';
import { element, setText } from '../dom.js';

/** `one` is the endpoint to change; undefined: another is made. `done` is called when it was taken, or nobody wants it any more. */
export function endpointForm({ formats, severities, kinds }, one, done) {
  const id = element('input', {
    name: 'id',
    required: '',
    pattern: '[a-z0-9]([a-z0-9\\-]{0,38}[a-z0-9])?',
    autocomplete: 'off',
  });
  const url = element('input', { name: 'url', type: 'url', autocomplete: 'off', placeholder: 'https://…' });
  const format = select('format', formats, one?.format);
  const secret = element('input', { name: 'secret', autocomplete: 'off', placeholder: 'whsec_…' });
  const header = element('input', { name: 'header', autocomplete: 'off', placeholder: 'authorization: Bearer …' });
  const template = element('textarea', { name: 'template', rows: '5', spellcheck: 'false' });
  const of = checks('severity', severities, one?.severities);
  const about = checks('kind', kinds, one?.kinds);
  const said = element('span', { role: 'alert' });
  const make = element('button', { type: 'button' }, ['Make a secret']);
  make.addEventListener('click', () => {
    secret.value = `whsec_${btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(32))))}`;
  });
  if (one === undefined) url.required = true;
  else {
    id.value = one.key;
    id.readOnly = true;
  }
  const stays = one === undefined ? '' : ', empty: as it is';
  const cancel = element('button', { type: 'button' }, ['Cancel']);
  cancel.addEventListener('click', done);
  const templateRow = row(`Template, JSON${stays}`, template);
  const show = () => (templateRow.hidden = format.value !== 'template');
  format.addEventListener('change', show);
  show();
  const form = element('form', { class: 'endpoint-form' }, [
    row('Name', id),
    row(`Address${one === undefined ? '' : ', empty: as it is'}`, url),
    row('Format', format),
    row(`Secret${stays}`, secret, make),
    row(`Header${stays}`, header),
    templateRow,
    group('Severities', of),
    group('Kinds', about),
    element('p', {}, [
      element('button', { type: 'submit' }, [one === undefined ? 'Add' : 'Change']),
      ' ',
      cancel,
      ' ',
      said,
    ]),
  ]);
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    setText(said, '');
    try {
      const document = {
        ...(one === undefined ? { id: id.value } : {}),
        ...(url.value === '' ? {} : { url: url.value }),
        ...(secret.value === '' ? {} : { secrets: [secret.value.trim()] }),
        ...(header.value === '' ? {} : { headers: headerOf(header.value) }),
        ...(format.value !== 'template' || template.value === '' ? {} : { template: JSON.parse(template.value) }),
        format: format.value,
        severities: chosen(of),
        kinds: chosen(about),
        ...(one === undefined ? {} : { timeoutSeconds: one.timeoutSeconds }),
      };
      if (one === undefined) await sendTo('/endpoints', 'POST', document);
      else await sendTo(`/endpoints/${encodeURIComponent(one.key)}`, 'PUT', document);
      done();
    } catch (error) {
      setText(said, error instanceof SyntaxError ? 'The template is no JSON.' : error.message);
    }
  });
  return form;
}

function headerOf(line) {
  const [name, ...rest] = line.split(':');
  return { [name.trim()]: rest.join(':').trim() };
}

function row(words, field, ...more) {
  return element('p', {}, [element('label', {}, [element('span', {}, [words]), field]), ...more]);
}

function group(words, boxes) {
  return element('fieldset', {}, [element('legend', {}, [words]), ...boxes]);
}

function select(name, options, chosenOne) {
  const made = element(
    'select',
    { name },
    options.map((option) => element('option', {}, [option])),
  );
  if (chosenOne !== undefined) made.value = chosenOne;
  return made;
}

function checks(name, words, chosenOnes) {
  return words.map((word) => {
    const box = element('input', { type: 'checkbox', name, value: word });
    box.checked = chosenOnes === undefined || chosenOnes.includes(word);
    return element('label', {}, [box, ` ${word}`]);
  });
}

function chosen(boxes) {
  return boxes
    .map((label) => label.firstElementChild)
    .filter((box) => box.checked)
    .map((box) => box.value);
}
