/** Adds an operator. A token is made where it is to be used: a new private file has it, the Host only its digest. */
import { dirname, join } from 'node:path';
import * as Flags from '@oclif/core/flags';
import { suiteWasm } from '../../adapters/crypto/suite-wasm.ts';
import { systemClock } from '../../adapters/system/clock.ts';
import { systemFiles } from '../../adapters/system/files.ts';
import { placeFile } from '../../adapters/system/placed-file.ts';
import { systemRandom } from '../../adapters/system/random.ts';
import { EntangleError, type ErrorCode } from '../../core/errors.ts';
import { callHost, type HostClient } from '../../core/host-api/client.ts';
import type { OperatorView } from '../../core/host-api/shapes.ts';
import { newToken, tokenDigest } from '../../core/host-api/token.ts';
import type { OperatorRole } from '../../core/vocabulary.ts';
import { duration, hostFlags, operatorRoleFlag, publicKeyFlag } from '../kit/flags.ts';
import type { HomePaths as Paths } from '../kit/settings.ts';

export const operatorAddFlags = {
  role: operatorRoleFlag,
  expires: duration({
    description: 'lifetime of the token, or how long the key counts (default: until revoked)',
    env: 'ENTANGLE_OPERATOR_EXPIRES',
  }),
  'token-out': Flags.string({
    description: 'file to create for the token (default: host/default/operators/NAME.token in the home)',
    env: 'ENTANGLE_TOKEN_OUT',
    helpValue: 'FILE',
  }),
  npub: publicKeyFlag({
    description: 'public key of an operator who signs each request (NIP-98); no token is made',
    env: 'ENTANGLE_OPERATOR_NPUB',
  }),
  ...hostFlags,
};
type Given = {
  role: OperatorRole;
  expires: number | undefined;
  'token-out': string | undefined;
  npub?: string | undefined;
  'host-url'?: string | undefined;
};
/** `tokenFile` null where a key signs. */
export type Added = OperatorView & { tokenFile: string | null };

const expiryOf = ({ expires }: Given): number | null =>
  expires === undefined ? null : Math.ceil((systemClock.now() + expires) / 1000);

export const addByFlags = async (
  paths: Paths,
  client: HostClient,
  name: string,
  flags: Given,
): Promise<Added> => {
  const { npub: pubkey, role } = flags;
  if (pubkey === undefined) return makeOperator(paths, client, name, flags);
  if (flags['token-out'] !== undefined)
    throw new EntangleError('usage', 'a key and a file for a token are named: who signs has no token', {
      hint: 'give --npub or --token-out',
    });
  const body = { name, role, pubkey, expiresAt: expiryOf(flags) };
  return { ...(await callHost(client, 'operators.enrol', { body })), tokenFile: null };
};

/** The file comes first: one that is there already is refused before the Host is asked anything. */
export const makeOperator = async (
  paths: Paths,
  client: HostClient,
  name: string,
  flags: Given,
): Promise<Added> => {
  if (flags['host-url'] !== undefined && flags['token-out'] === undefined)
    throw new EntangleError('usage', 'where the token of a Host elsewhere goes is not said', {
      hint: 'name a new file with --token-out',
    });
  const token = newToken(systemRandom.bytes);
  const file = flags['token-out'] ?? join(paths.host, 'operators', `${name}.token`);
  if (flags['token-out'] === undefined) await systemFiles.directory(dirname(file));
  await placeFile(Buffer.from(`${token}\n`), file).catch(unwritable(file));
  const sha256 = tokenDigest(suiteWasm, token);
  const body = { name, role: flags.role, sha256, expiresAt: expiryOf(flags) };
  const made = await callHost(client, 'operators.add', { body }).catch(async (error: unknown) => {
    if (isRefused(error)) await systemFiles.remove(file);
    throw error;
  });
  return { ...made, tokenFile: file };
};

const unwritable = (file: string) => (cause: NodeJS.ErrnoException) => {
  if (cause instanceof EntangleError) throw cause;
  throw new EntangleError('invalid', `cannot create ${file}: ${cause.code}`, {
    hint: 'choose a file in an existing directory that you can write to',
    cause,
  });
};

/** What a call may end with after the Host has done what was asked. */
const UNSURE: readonly ErrorCode[] = ['unavailable', 'timed_out', 'interrupted', 'bug'];

/** Nothing was done for certain. Otherwise the token may be good, and its only copy is kept. */
const isRefused = (error: unknown): boolean => {
  if (!(error instanceof EntangleError)) return false;
  if (!UNSURE.includes(error.code)) return true;
  const { code } = (error.cause ?? {}) as NodeJS.ErrnoException;
  return code === 'ENOENT' || code === 'ECONNREFUSED';
};
