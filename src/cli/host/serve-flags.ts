/** Where `host serve` answers operators beside its socket. */
import * as Flags from '@oclif/core/flags';
import { EntangleError } from '../../core/errors.ts';
import { readListenAddress } from '../../core/host-api/place.ts';
import { hostName, passphraseFile } from '../kit/flags.ts';
import { logFlags } from '../kit/logging.ts';
import { readText } from '../kit/text-file.ts';
import type { TcpListening } from '../wiring/host-process.ts';

export const hostServeFlags = {
  host: hostName,
  ...logFlags,
  'passphrase-file': passphraseFile,
  'take-over': Flags.boolean({
    description:
      'go on with this home, and no other that has its key: after a restore, a move, or a stop for another Host',
    env: 'ENTANGLE_TAKE_OVER',
  }),
  listen: Flags.string({
    description: 'also serve the API over TCP; plain only on 127.0.0.1 or [::1] (default: the socket alone)',
    env: 'ENTANGLE_HOST_LISTEN',
    helpValue: 'ADDRESS:PORT',
  }),
  'tls-cert': Flags.string({
    description: 'PEM file of the certificate for --listen; its names are those that clients may use',
    env: 'ENTANGLE_TLS_CERT',
    helpValue: 'FILE',
    dependsOn: ['listen', 'tls-key'],
  }),
  'tls-key': Flags.string({
    description: 'PEM file of its key',
    env: 'ENTANGLE_TLS_KEY',
    helpValue: 'FILE',
    dependsOn: ['listen', 'tls-cert'],
  }),
};
type Given = Partial<Record<'listen' | 'tls-cert' | 'tls-key', string | undefined>>;

/** Null where only the socket was asked for. */
export const tcpListening = async (flags: Given): Promise<TcpListening | null> => {
  const { listen, 'tls-cert': cert, 'tls-key': key } = flags;
  if (listen === undefined) return null;
  const address = readListenAddress(listen);
  if (address === null)
    throw new EntangleError('usage', 'not an address to listen on', {
      hint: 'write ADDRESS:PORT, as 127.0.0.1:8443 or [::]:8443',
    });
  const tls =
    cert === undefined || key === undefined ? null : { cert: await readText(cert), key: await readText(key) };
  return { ...address, tls };
};
