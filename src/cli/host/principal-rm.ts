/** Removes a git principal, after a look at who uses it. */
import { EntangleError } from '../../core/errors.ts';
import { callHost, type HostClient } from '../../core/host-api/client.ts';
import type { PrincipalView } from '../../core/host-api/principal-view.ts';
import { confirmOrStop } from '../kit/confirm.ts';
import { principalQuestion } from './principal-text.ts';

export const removeGivenPrincipal = async (
  client: HostClient,
  name: string,
  flags: { yes: boolean; 'no-input': boolean },
): Promise<PrincipalView> => {
  const { items } = await callHost(client, 'principals.list');
  const one = items.find((principal) => principal.name === name && principal.facts !== null);
  if (!one)
    throw new EntangleError('not_found', `no git principal "${name}"`, {
      hint: 'see `entangle host principal list`',
    });
  if (!flags.yes) await confirmOrStop(flags['no-input'], principalQuestion(one));
  return callHost(client, 'principals.remove', { params: { name } });
};
