/** The HTTP status of each error code, where nothing says it more exactly. */
import type { ErrorCode } from '../errors.ts';

export const HTTP_STATUS: Readonly<Record<ErrorCode, number>> = {
  bug: 500,
  not_authorized: 401,
  conflict: 409,
  denied: 403,
  not_found: 404,
  unavailable: 503,
  invalid: 422,
  usage: 400,
  timed_out: 504,
  interrupted: 503,
};

/** Those that say it more exactly: of HTTP that is not taken, and of who asks too often. */
const EXACT = [405, 408, 411, 413, 415, 421, 429, 431];
/** All that a request is answered with. */
export const HTTP_STATUSES: readonly string[] = [
  ...new Set([200, ...Object.values(HTTP_STATUS), ...EXACT].map(String)),
];
