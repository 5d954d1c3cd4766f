/** Buttons that copy a text. */
import { element, setText } from './dom.js';

const SHOWN_MS = 2000;

/** One that copies what `text()` gives; `what` is read out. */
export function copyButton(text, what) {
  const button = element('button', { type: 'button', class: 'copy', 'aria-label': `Copy ${what}` }, ['Copy']);
  button.addEventListener('click', async () => {
    setText(button, await copy(text()));
    setTimeout(() => setText(button, 'Copy'), SHOWN_MS);
  });
  return button;
}

/** Under plain HTTP, from another machine, browsers give no clipboard: there is no other way that is not deprecated. */
async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return 'Copied';
  } catch {
    return 'Not allowed by the browser';
  }
}
