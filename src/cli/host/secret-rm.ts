/** Removes a secret, after a look at who uses it. */
import { EntangleError } from '../../core/errors.ts';
import { callHost, type HostClient } from '../../core/host-api/client.ts';
import type { SecretView } from '../../core/host-api/shapes.ts';
import { confirmOrStop } from '../kit/confirm.ts';
import { removalQuestion } from './secret-text.ts';

export const removeGivenSecret = async (
  client: HostClient,
  name: string,
  flags: { yes: boolean; 'no-input': boolean },
): Promise<SecretView> => {
  const { items } = await callHost(client, 'secrets.list');
  const one = items.find((secret) => secret.name === name && secret.set !== null);
  if (!one)
    throw new EntangleError('not_found', `no secret "${name}"`, { hint: 'see `entangle host secret list`' });
  if (!flags.yes) await confirmOrStop(flags['no-input'], removalQuestion(one));
  return callHost(client, 'secrets.remove', { params: { name } });
};
