/** The running Host, of this home or elsewhere, as its operator calls it. */

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { callApi } from '../../adapters/host-api/client.ts';
import { streamApi } from '../../adapters/host-api/stream.ts';
import { EntangleError } from '../../core/errors.ts';
import type { HostClient, HostStream } from '../../core/host-api/client.ts';
import type { Credential } from '../../core/host-api/credential.ts';
import { readHostUrl } from '../../core/host-api/place.ts';
import type { ApiPlace, SignRequest } from '../../ports/index.ts';
import { repositoryAtRest } from '../kit/repository-home.ts';
import type { HomePaths as Paths } from '../kit/settings.ts';
import { hostSocket } from './host-socket.ts';
import { homeHint, NO_HOST } from './missing-home.ts';
import { operatorVariable } from './operator-variable.ts';

/** What an operator's command says of the Host that it is for, and of who calls. */
export type HostFlags = {
  'token-file'?: string | undefined;
  'oidc-token-file'?: string | undefined;
  'operator-key-file'?: string | undefined;
  'operator-passphrase-file'?: string | undefined;
  'host-npub'?: string | undefined;
  'no-input'?: boolean | undefined;
  'host-url'?: string | undefined;
  'host-ca'?: string | undefined;
};

const NAME_A_TOKEN =
  'use --token-file, ENTANGLE_TOKEN_FILE, --operator-key-file, --oidc-token-file, ENTANGLE_TOKEN or ENTANGLE_HOST_OPERATOR_TOKEN';

/** Files that say who asks, each with its variable. */
const NAMED = [
  { flag: 'token-file', variable: 'ENTANGLE_TOKEN_FILE', what: 'a token' },
  { flag: 'oidc-token-file', variable: 'ENTANGLE_HOST_OIDC_TOKEN_FILE', what: 'an identity token' },
  { flag: 'operator-key-file', variable: 'ENTANGLE_OPERATOR_KEY_FILE', what: 'a key' },
] as const;

/** One of the files, where one is named: which of two was meant nobody can tell. */
const credentialFor = async (
  paths: Paths,
  place: ApiPlace,
  flags: HostFlags,
): Promise<Credential | SignRequest> => {
  const named = NAMED.filter(({ flag }) => flags[flag] !== undefined);
  if (named.length > 1)
    throw new EntangleError('usage', `${named.map(({ what }) => what).join(' and ')} are named`, {
      hint: `unset ${named.map(({ flag, variable }) => `--${flag} and ${variable}`).join(', or ')}`,
    });
  const { 'oidc-token-file': identity, 'operator-key-file': key } = flags;
  // They sign, and what signs takes as long to load as a bare Node
  if (key !== undefined) return (await import('./operator-key.ts')).requestSigner(paths, key, flags);
  if (identity === undefined) return operatorCredential(paths, flags);
  const { workloadToken } = await import('./workload-token.ts');
  return { kind: 'bearer', token: await workloadToken(place, identity) };
};

/**
 * From the file named, else from a variable, else the one that `host init` left beside the Host. That one is for the
 * Host of this home: to another it is not sent.
 */
const operatorCredential = (paths: Paths, { 'token-file': file, 'host-url': url }: HostFlags): Credential => {
  const given = file === undefined ? process.env.ENTANGLE_TOKEN?.trim() || operatorVariable() : undefined;
  if (given !== undefined) return { kind: 'bearer', token: given };
  if (file === undefined && url !== undefined)
    throw new EntangleError('not_authorized', `no operator token for ${url}`, { hint: NAME_A_TOKEN });
  if (file === undefined && !existsSync(paths.host))
    throw new EntangleError('not_found', `no Host in ${paths.host}`, {
      hint: homeHint(paths.host, NO_HOST),
    });
  const path = file ?? join(paths.host, 'operator.token');
  try {
    return { kind: 'bearer', token: readFileSync(path, 'utf8').trim() };
  } catch {
    throw new EntangleError('not_authorized', `cannot read an operator token from ${path}`, {
      hint: NAME_A_TOKEN,
    });
  }
};

const placeOf = (paths: Paths, { 'host-url': url, 'host-ca': file }: HostFlags): ApiPlace => {
  if (url === undefined) return hostSocket(paths);
  const at = readHostUrl(url);
  if (at === null)
    throw new EntangleError('usage', 'not the address of a Host', {
      hint: 'write https://NAME:PORT; plain http:// only of this machine, since the token goes along',
    });
  return { ...at, ca: file === undefined ? null : readAuthorities(file) };
};

const readAuthorities = (file: string): string => {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new EntangleError('invalid', `cannot read ${file}: ${(cause as NodeJS.ErrnoException).code}`, {
      hint: 'give a PEM file with --host-ca',
      cause,
    });
  }
};

/** Calls the running Host as the operator. */
export const hostClient =
  (paths: Paths, flags: HostFlags): HostClient =>
  async (request) => {
    const place = placeOf(paths, flags);
    const credential = await credentialFor(paths, place, flags);
    return (await callApi(place, { ...request, credential }).catch(orUp(paths, flags))).body;
  };

/** A federation of `up` is started by `up`: whatever else was tried there would be in its way. */
const orUp =
  (paths: Paths, flags: HostFlags) =>
  async (error: unknown): Promise<never> => {
    const isOurs = error instanceof EntangleError && error.code === 'unavailable' && !flags['host-url'];
    const repository = isOurs ? await repositoryAtRest(paths.root) : null;
    if (!isOurs || repository === null) throw error;
    throw new EntangleError(error.code, error.message, {
      hint: `start it with \`entangle up\` in ${repository}`,
      cause: error,
    });
  };

/** Opens a stream of it, each time with the token that there is then. */
export const hostStream = (paths: Paths, flags: HostFlags): HostStream =>
  async function* (request) {
    const place = placeOf(paths, flags);
    const credential = await credentialFor(paths, place, flags);
    try {
      yield* streamApi(place, { ...request, credential });
    } catch (error) {
      await orUp(paths, flags)(error);
    }
  };
