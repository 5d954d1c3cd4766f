/** Asks the platform to do something. Its answer; throws in its words when it does not. */
export async function askFor(path) {
  const response = await fetch(path, { method: 'POST' });
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.message ?? `the platform answered ${response.status}`);
  return answer;
}
