/** The longest name of an object. */
const MOST_CHARACTERS = 253;

/**
 * Name of a Kubernetes Event about an object: it begins like the object, for whoever reads a list, and ends in `id`, which makes it one of its own.
 * However long the object's name is, the API server takes it: what is cut off may leave a character that no name has before a dot.
 */
export function eventName(object: string, id: string): string {
  return `${object.slice(0, MOST_CHARACTERS - id.length - 1).replace(/[-.]+$/u, '')}.${id}`;
}
