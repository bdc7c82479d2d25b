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
