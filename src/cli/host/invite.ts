/** What an invite is asked for by, and the words that go with it. */
import * as Flags from '@oclif/core/flags';
import type { InviteView } from '../../core/host-api/shapes.ts';
import { hostFlags, inviteLifetime, nameFlag } from '../kit/flags.ts';

export const inviteFlags = {
  name: nameFlag({
    description: 'name of the invited runner or user',
    required: true,
    env: 'ENTANGLE_INVITE_NAME',
  }),
  expires: inviteLifetime,
  rejoin: Flags.boolean({
    description: 'for a user who joined before and has the key from a backup; no other key can use it',
    env: 'ENTANGLE_INVITE_REJOIN',
  }),
  ...hostFlags,
};

export const inviteNotice = ({ role, name, key, expires }: InviteView): string => {
  const whom = key === null ? name : `${name}, who joins again with the key ${key}`;
  return `invite for ${whom}, valid until ${expires}; treat it as a password until \`entangle ${role} join -\` has read it`;
};
