/**
 * Which pages may open a connection. Only browsers send an Origin, and only they need the check:
 * without it any page a viewer visits could connect in the viewer's name.
 */

/**
 * @param origin As the browser sent it; empty when it is no browser.
 * @param allowed Origins such as `https://tote.example`; `undefined` admits loopback alone.
 */
export function isOriginAllowed(origin: string, allowed: readonly string[] | undefined): boolean {
  if (origin === '') return true;
  if (allowed !== undefined) return allowed.includes(origin.toLowerCase());
  if (!URL.canParse(origin)) return false;
  const { hostname } = new URL(origin);
  return /^(localhost|.+\.localhost|127(\.\d{1,3}){3}|\[::1\])$/.test(hostname);
}
