/** What a Host is known by; and whether the recovery key that lies somewhere offline is the one that its members pin. */
import * as Flags from '@oclif/core/flags';
import { suiteWasm } from '../../adapters/crypto/suite-wasm.ts';
import { toHex } from '../../core/encoding/bytes.ts';
import { EntangleError } from '../../core/errors.ts';
import type { AuthorityView } from '../../core/host-api/authority-views.ts';
import { callHost, type HostClient } from '../../core/host-api/client.ts';
import { hostFlags } from '../kit/flags.ts';
import { pairs } from '../kit/render.ts';
import { RECOVERY_KEY_FILE, readRecoveryKey } from './authority-succession.ts';

export const authorityStatusFlags = {
  'recovery-key-file': Flags.string({
    ...RECOVERY_KEY_FILE,
    description:
      'file with the recovery key (- for stdin): proves that it is the one of this Host; it is sent nowhere',
  }),
  ...hostFlags,
};

/** `recoveryFile`: where the recovery key was proved to be; null where nobody asked. */
export type AuthorityStatus = AuthorityView & { recoveryFile: string | null };

/** As members pin it. */
const fingerprintIn = async (file: string): Promise<string> =>
  `sha256:${toHex(suiteWasm.sha256(suiteWasm.publicKey(await readRecoveryKey(file))))}`;

export const authorityStatus = async (
  client: HostClient,
  file: string | undefined,
): Promise<AuthorityStatus> => {
  const given = file === undefined ? null : await fingerprintIn(file);
  const view = await callHost(client, 'authority.show');
  if (given !== null && given !== view.recovery)
    throw new EntangleError('invalid', `${file} is the recovery key of another Host: ${given}`, {
      hint: `give the one whose fingerprint is ${view.recovery}`,
    });
  return { ...view, recoveryFile: file ?? null };
};

export const authorityText = (status: AuthorityStatus): string =>
  [
    pairs([
      ['host', status.host],
      ['signs', status.signs],
      ['graph', status.graph],
      ['since', status.since],
      ['epoch', `${status.epoch} since ${status.epochSince}`],
      ['log', status.log],
      ['recovery', status.recovery],
    ]),
    ...(status.recoveryFile === null
      ? []
      : [`The recovery key in ${status.recoveryFile} is the one of this Host.`]),
  ].join('\n');
