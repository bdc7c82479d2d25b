/** Revokes an operator, or unbinds one, after a look at who that is: either is for good. */
import { EntangleError } from '../../core/errors.ts';
import { callHost, type HostClient } from '../../core/host-api/client.ts';
import type { OperatorView } from '../../core/host-api/shapes.ts';
import { confirmOrStop } from '../kit/confirm.ts';

const ASKED = {
  'operators.revoke': ({ name, role }: OperatorView) =>
    `Revoke ${name} (${role})? Every request of theirs is refused from then on, and the name is never used again.`,
  'operators.unbind': ({ name, role }: OperatorView) =>
    `Unbind ${name} (${role})? The tokens that were given for it end now, and the name is never used again.`,
} as const;

/** One that ended already is not asked about: the answer says when. */
export const endOperator = async (
  client: HostClient,
  how: keyof typeof ASKED,
  name: string,
  flags: { yes: boolean; 'no-input': boolean },
): Promise<OperatorView> => {
  const { items } = await callHost(client, 'operators.list');
  const one = items.find((operator) => operator.name === name);
  if (!one)
    throw new EntangleError('not_found', `no operator "${name}"`, {
      hint: 'see `entangle host operator list`',
    });
  if (!flags.yes && one.revoked === null) await confirmOrStop(flags['no-input'], ASKED[how](one));
  return callHost(client, how, { params: { name } });
};
