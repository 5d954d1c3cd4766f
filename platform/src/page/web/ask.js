/** Asks the platform for a section of the page that the stream does not tell. */

/** The answer; `undefined`: there is no such thing. Throws when the platform does not answer. */
export async function ask(name, query = {}, signal) {
  const parameters = new URLSearchParams(
    Object.entries(query).filter(([, value]) => value !== undefined && value !== ''),
  );
  const response = await fetch(`/_page/${name}?${parameters}`, { signal });
  if (!response.ok) throw new Error(`the platform answered ${response.status}`);
  return (await response.json()) ?? undefined;
}
