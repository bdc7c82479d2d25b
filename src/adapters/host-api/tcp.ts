/** The Host API over TCP, for operators elsewhere: plain on this machine alone, else with a certificate. */
import { X509Certificate } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { createSecureContext } from 'node:tls';
import { ADDRESS_RATE } from '../../core/bounds.ts';
import { EntangleError } from '../../core/errors.ts';
import type { Rate } from '../../core/host-api/rates.ts';
import type { ApiHandler, ApiServer } from '../../ports/index.ts';
import { isLoopbackName, namesOf } from './host-names.ts';
import { type ApiLimits, apiLimits, closerOf, listener, type TlsFiles } from './server.ts';

export type TcpOptions = {
  hostname: string;
  port: number;
  /** PEM texts; null for plain HTTP. */
  tls: TlsFiles | null;
  limits?: Partial<ApiLimits>;
  rate?: Rate;
  onBug?: (error: unknown) => void;
  onRefused?: (status: number) => void;
};

const LITERALS = ['127.0.0.1', '::1'];

/** Refuses what nobody should listen with, before anything is opened. */
export const checkTcp = ({ hostname, tls }: Pick<TcpOptions, 'hostname' | 'tls'>): void => {
  if (tls === null) {
    if (LITERALS.includes(hostname)) return;
    throw new EntangleError(
      'usage',
      `without TLS the API is not served on ${hostname}: tokens could be read`,
      {
        hint: 'give --tls-cert and --tls-key, or use 127.0.0.1 and a tunnel',
      },
    );
  }
  certificateOf(tls);
};

const certificateOf = (tls: TlsFiles): X509Certificate => {
  try {
    createSecureContext(tls);
    return new X509Certificate(tls.cert);
  } catch (cause) {
    throw new EntangleError('invalid', `certificate and key cannot be used: ${(cause as Error).message}`, {
      hint: 'give PEM files that belong together, the key without a passphrase',
      cause,
    });
  }
};
const unopened = (error: NodeJS.ErrnoException, at: string): EntangleError =>
  new EntangleError(
    error.code === 'EADDRINUSE' ? 'conflict' : 'invalid',
    `cannot listen on ${at}: ${error.code}`,
    {
      hint: 'choose an address of this machine and a free port with --listen',
      cause: error,
    },
  );

export async function serveApiOverTcp(options: TcpOptions, handler: ApiHandler): Promise<ApiServer> {
  checkTcp(options);
  const { hostname, port, tls } = options;
  const stopping = new AbortController();
  const server = listener(handler, {
    limits: { ...apiLimits, ...options.limits },
    onBug: options.onBug ?? (() => undefined),
    onRefused: options.onRefused ?? (() => undefined),
    stopping: stopping.signal,
    isOwnName: tls === null ? isLoopbackName : namesOf(certificateOf(tls)),
    tls,
    rate: options.rate ?? ADDRESS_RATE,
  });
  const close = closerOf(server, stopping);
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(unopened(error, `${hostname} port ${port}`)));
    server.listen(port, hostname, resolve);
  });
  const bound = server.address() as AddressInfo;
  const shown = bound.family === 'IPv6' ? `[${bound.address}]` : bound.address;
  return {
    address: `${tls === null ? 'http' : 'https'}://${shown}:${bound.port}`,
    close,
  };
}
