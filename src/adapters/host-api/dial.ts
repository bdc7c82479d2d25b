/** How a caller comes to a Host: over its socket, or over TCP. */
import { request as httpRequest } from 'node:http';
import { request as httpsRequest, type RequestOptions } from 'node:https';
import { type Credential, writeAuthorization } from '../../core/host-api/credential.ts';
import type { HttpMethod } from '../../core/vocabulary.ts';
import type { ApiPlace, SignRequest } from '../../ports/index.ts';
import { shortPath } from '../system/socket-path.ts';
import { connectionError } from './connection-error.ts';

export type Dial = {
  /** As people name it. */
  name: string;
  /** The Host header that it takes, and what its URLs begin with. */
  host: string;
  origin: string;
  request: typeof httpRequest;
  options: RequestOptions;
  close(): void;
};

/** A directory that is not there is a Host that does not run. */
const overSocket = (socket: string): Dial => {
  try {
    const short = shortPath(socket);
    // Where no name is said, Node asks whether the host is an address, and compiles for milliseconds what would tell
    const options = { socketPath: short.path, agent: false, servername: '' };
    const named = { name: socket, host: 'localhost', origin: 'http://localhost' };
    return { ...named, request: httpRequest, options, close: () => short.close() };
  } catch (error) {
    throw connectionError(error as NodeJS.ErrnoException, socket);
  }
};

export const dial = (place: ApiPlace): Dial => {
  if (typeof place === 'string') return overSocket(place);
  const { secure, hostname, port, ca } = place;
  const host = `${hostname.includes(':') ? `[${hostname}]` : hostname}:${port}`;
  const origin = `${secure ? 'https' : 'http'}://${host}`;
  return {
    ...{ name: origin, host, origin },
    request: secure ? httpsRequest : httpRequest,
    // Said here, for a variable of Node could have said otherwise
    options: { hostname, port, agent: false, rejectUnauthorized: true, ...(ca === null ? {} : { ca }) },
    close: () => undefined,
  };
};

/** What a request shows of who asks. Where nothing can be signed, nothing was opened. */
export const authorizationOf = async (
  at: Dial,
  credential: Credential | SignRequest | null,
  { method, path, body }: { method: HttpMethod; path: string; body: string },
): Promise<{ authorization?: string }> => {
  if (credential === null) return {};
  try {
    const made =
      typeof credential === 'function'
        ? await credential({ method, url: `${at.origin}${path}`, body })
        : credential;
    return { authorization: writeAuthorization(made) };
  } catch (error) {
    at.close();
    throw error;
  }
};
