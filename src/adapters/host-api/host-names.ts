/** By which names a listener of the Host API may be asked: a web page that had its own name resolve to it is refused. */
import type { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';

export type IsOwnName = (header: string) => boolean;

const LOOPBACK = ['localhost', '127.0.0.1', '::1'];
const HOST = /^(?:\[([0-9a-f:.]{2,45})\]|([a-z0-9.-]{1,253}))(?::\d{1,5})?$/i;

const nameIn = (header: string): string | undefined => {
  const [, six, other] = HOST.exec(header) ?? [];
  return (six ?? other)?.toLowerCase();
};

/** Any port: a tunnel has another than ours. */
export const isLoopbackName: IsOwnName = (header) => LOOPBACK.includes(nameIn(header) ?? '');

export const namesOf =
  (certificate: X509Certificate): IsOwnName =>
  (header) => {
    const name = nameIn(header);
    if (name === undefined) return false;
    if (isIP(name) > 0) return certificate.checkIP(name) !== undefined;
    return certificate.checkHost(name, { subject: 'never' }) !== undefined;
  };
