/** How a caller comes to a Host: over its socket, or over TCP. */
import { request as httpRequest } from 'node:http';
import { request as httpsRequest, type RequestOptions } from 'node:https';
import type { ApiPlace } from '../../ports/index.ts';
import { shortPath } from '../system/socket-path.ts';
import { connectionError } from './connection-error.ts';

export type Dial = {
  /** As people name it. */
  name: string;
  /** The Host header that it takes. */
  host: string;
  request: typeof httpRequest;
  options: RequestOptions;
  close(): void;
};

/** A directory that is not there is a Host that does not run. */
const overSocket = (socket: string): Dial => {
  try {
    const short = shortPath(socket);
    const options = { socketPath: short.path, agent: false };
    return { name: socket, host: 'localhost', request: httpRequest, options, close: () => short.close() };
  } catch (error) {
    throw connectionError(error as NodeJS.ErrnoException, socket);
  }
};

export const dial = (place: ApiPlace): Dial => {
  if (typeof place === 'string') return overSocket(place);
  const { secure, hostname, port, ca } = place;
  const host = `${hostname.includes(':') ? `[${hostname}]` : hostname}:${port}`;
  return {
    name: `${secure ? 'https' : 'http'}://${host}`,
    host,
    request: secure ? httpsRequest : httpRequest,
    // Said here, for a variable of Node could have said otherwise
    options: { hostname, port, agent: false, rejectUnauthorized: true, ...(ca === null ? {} : { ca }) },
    close: () => undefined,
  };
};
