/** Small parts of the document. Whatever agents sent reaches it as text only (`textContent`, never markup). */

/** The element of this id. */
export const byId = (id) => document.getElementById(id);

/** Makes the children of `parent` those of `items`, in order; an item's element is kept by its key and touched only if needed. */
export function rows(parent, items, { create, update }) {
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

/** A new element. Children are elements or text. */
export function element(name, attributes = {}, children = []) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

/** Changes an element's text, if it is another. */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/** Marks how something is meant: `good`, `warn`, `bad`, `busy`, `fault`; empty: nothing special. */
export function setTone(node, tone) {
  if (tone) node.dataset.tone = tone;
  else delete node.dataset.tone;
}
