/** The running Host of this home, as its operator calls it. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { callApi } from '../../adapters/host-api/client.ts';
import { streamApi } from '../../adapters/host-api/stream.ts';
import { EntangleError } from '../../core/errors.ts';
import type { HostClient, HostStream } from '../../core/host-api/client.ts';
import type { Credential } from '../../core/host-api/credential.ts';
import type { HomePaths as Paths } from '../kit/settings.ts';
import { hostSocket } from './host-process.ts';
import { operatorVariable } from './operator-variable.ts';

/** The operator token: from the file named, else from a variable, else the one that `host init` left beside the Host. */
const operatorCredential = (paths: Paths, file: string | undefined): Credential => {
  const given = file === undefined ? process.env.ENTANGLE_TOKEN?.trim() || operatorVariable() : undefined;
  if (given !== undefined) return { kind: 'bearer', token: given };
  if (file === undefined && !existsSync(paths.host))
    throw new EntangleError('not_found', `no Host in ${paths.root}`, {
      hint: 'run `entangle up` in a repository, make a Host with `entangle host init`, or name its home with --home',
    });
  const path = file ?? join(paths.host, 'operator.token');
  try {
    return { kind: 'bearer', token: readFileSync(path, 'utf8').trim() };
  } catch {
    throw new EntangleError('not_authorized', `cannot read an operator token from ${path}`, {
      hint: 'use --token-file, ENTANGLE_TOKEN_FILE, ENTANGLE_TOKEN or ENTANGLE_HOST_OPERATOR_TOKEN',
    });
  }
};

/** Calls the running Host of this home as the operator. */
export const hostClient =
  (paths: Paths, tokenFile: string | undefined): HostClient =>
  async (request) => {
    const credential = operatorCredential(paths, tokenFile);
    return (await callApi(hostSocket(paths), { ...request, credential })).body;
  };

/** Opens a stream of it, each time with the token that there is then. */
export const hostStream =
  (paths: Paths, tokenFile: string | undefined): HostStream =>
  (request) =>
    streamApi(hostSocket(paths), { ...request, credential: operatorCredential(paths, tokenFile) });
