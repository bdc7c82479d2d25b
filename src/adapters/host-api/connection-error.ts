/** Why a Host was not reached, or answers no more, in words. */
import { EntangleError } from '../../core/errors.ts';

const NOBODY = ['ENOENT', 'ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'];
const UNTRUSTED = /CERT|SIGNATURE|ISSUER|ERR_TLS/;

/** `place` is a path or an address. */
export function connectionError(error: NodeJS.ErrnoException, place: string): EntangleError {
  if (error instanceof EntangleError) return error;
  const code = error.code ?? error.message;
  if (NOBODY.includes(code))
    return new EntangleError('unavailable', `no Host is running at ${place}`, {
      hint: /^https?:/.test(place)
        ? 'check the address, and whether it is served there: `entangle host serve --listen ADDRESS:PORT`'
        : 'start it with `entangle host serve`, or with `entangle up` in its repository',
      cause: error,
    });
  if (code === 'EACCES' || code === 'EPERM')
    return new EntangleError('not_authorized', `${place} belongs to another user`, { cause: error });
  if (UNTRUSTED.test(code))
    return new EntangleError('not_authorized', `the certificate of ${place} is not trusted (${code})`, {
      hint: 'give the certificate of its authority with --host-ca, and the name that it is for in --host-url',
      cause: error,
    });
  return new EntangleError('unavailable', `the Host stopped answering (${code})`, {
    hint: 'check `entangle host status` before you try again: the effect may have happened',
    cause: error,
  });
}
