/**
 * The token that a workload was given for its identity token. That one is good once, and a job runs several commands: what
 * was given is kept in a private file for as long as it is good.
 */
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import * as z from 'zod';
import { suiteWasm } from '../../adapters/crypto/suite-wasm.ts';
import { callApi } from '../../adapters/host-api/client.ts';
import { systemClock } from '../../adapters/system/clock.ts';
import { systemFiles } from '../../adapters/system/files.ts';
import { readShape } from '../../core/encoding/read-shape.ts';
import { parseIsoTime } from '../../core/encoding/time.ts';
import { EntangleError } from '../../core/errors.ts';
import { callHost, type HostClient } from '../../core/host-api/client.ts';
import { tokenDigest } from '../../core/host-api/token.ts';
import type { ApiPlace } from '../../ports/index.ts';

/** So much of it has to be left for a command. */
const LEAST_MS = 30_000;
const kept = z.object({ token: z.string(), expires: z.string() });
type Kept = z.output<typeof kept>;
const PREFIX = 'workload-';

const cacheDirectory = (): string => {
  const base = process.env.XDG_CACHE_HOME;
  return join(base && isAbsolute(base) ? base : join(process.env.HOME || homedir(), '.cache'), 'entangle');
};

const identityIn = (file: string): string => {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new EntangleError('not_authorized', `cannot read an identity token from ${file}: ${code}`, {
      hint: 'write the token of the job to the file that --oidc-token-file names',
      cause,
    });
  }
};

const readKept = async (file: string): Promise<Kept | null> => {
  const text = await systemFiles.read(file);
  return text === undefined ? null : goodIn(text);
};

/** A file that is damaged holds nothing that is good. */
const goodIn = (text: string): Kept | null => {
  try {
    const read = readShape(kept, JSON.parse(text));
    return read.success && parseIsoTime(read.data.expires) - systemClock.now() >= LEAST_MS ? read.data : null;
  } catch {
    return null;
  }
};

/** Those of jobs that are over are of no use to anybody. */
const removeOld = async (directory: string): Promise<void> => {
  for (const name of await systemFiles.list(directory)) {
    const path = join(directory, name);
    if (name.startsWith(PREFIX) && (await readKept(path)) === null) await systemFiles.remove(path);
  }
};

/** By the identity token in a file, for the Host at that place. */
export const workloadToken = async (
  place: ApiPlace,
  identityFile: string,
  directory = cacheDirectory(),
): Promise<string> => {
  const identity = identityIn(identityFile);
  const of = typeof place === 'string' ? place : `${place.hostname}:${place.port}`;
  const file = join(directory, `${PREFIX}${tokenDigest(suiteWasm, JSON.stringify([of, identity]))}.json`);
  const before = await readKept(file);
  if (before) return before.token;
  await systemFiles.directory(directory);
  await removeOld(directory);
  const client: HostClient = async (request) => (await callApi(place, { ...request, credential: null })).body;
  try {
    const { token, expires } = await callHost(client, 'tokens.issue', { body: { identity } });
    await systemFiles.write(file, JSON.stringify({ token, expires }));
    return token;
  } catch (error) {
    // Another command of the job was given it meanwhile
    const meanwhile = await readKept(file);
    if (meanwhile) return meanwhile.token;
    throw error;
  }
};
