/**
 * The name of an image as registries have it, so that what a pod says and what a scanner says can be compared: `nginx` is
 * `index.docker.io/library/nginx:latest`. A digest behind the name is left out. Pure.
 */
export function imageKey(reference: string): string {
  const [name = ''] = reference.split('@');
  const slash = name.indexOf('/');
  const first = slash === -1 ? '' : name.slice(0, slash);
  const isServer = first === 'localhost' || /[.:]/u.test(first);
  const server = isServer && first !== 'docker.io' ? first : 'index.docker.io';
  const rest = isServer ? name.slice(slash + 1) : name;
  const isOfficial = server === 'index.docker.io' && !rest.includes('/');
  const repository = isOfficial ? `library/${rest}` : rest;
  const hasTag = repository.slice(repository.lastIndexOf('/') + 1).includes(':');
  return `${server}/${repository}${hasTag ? '' : ':latest'}`;
}
