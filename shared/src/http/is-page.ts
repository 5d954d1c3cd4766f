/** Whether a `Content-Type` is that of a page for people: what a portal, a proxy or a web server says in the place of an API. */
export function isPage(contentType: string | undefined): boolean {
  return contentType?.split(';', 1)[0]?.trim().toLowerCase() === 'text/html';
}
