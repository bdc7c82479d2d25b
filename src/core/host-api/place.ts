/** The address of a Host that is elsewhere, and one that a Host listens on, as people write them. */

const ADDRESS = /^(?:\[([0-9a-f:.]{2,45})\]|([a-z0-9.-]{1,253}))(?::(\d{1,5}))?$/i;
const LOOPBACK = ['localhost', '127.0.0.1', '::1'];
const MAX_PORT = 65_535;

export type HostAddress = { hostname: string; port: number };

/** Null for what is no name or address with a port; `port` is the one that need not be written. */
const readAddress = (text: string, port: number | null): HostAddress | null => {
  const [, six, other, written] = ADDRESS.exec(text) ?? [];
  const hostname = six ?? other;
  const at = written === undefined ? port : Number(written);
  if (hostname === undefined || at === null || at > MAX_PORT) return null;
  return { hostname: hostname.toLowerCase(), port: at };
};

export const readListenAddress = (text: string): HostAddress | null => readAddress(text, null);

/** Nothing but the origin. Without TLS only this machine, since the token goes along. */
export const readHostUrl = (text: string): (HostAddress & { secure: boolean }) | null => {
  const [, scheme, address] = /^(https?):\/\/([^/?#@]+)\/?$/i.exec(text) ?? [];
  if (scheme === undefined || address === undefined) return null;
  const secure = scheme.toLowerCase() === 'https';
  const at = readAddress(address, secure ? 443 : 80);
  if (at === null || (!secure && !LOOPBACK.includes(at.hostname))) return null;
  return { ...at, secure };
};
