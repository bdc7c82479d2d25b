/** Makes invites: each lets one key in, once, under one name. It never implies trust. */
import { toHex } from '../../core/encoding/bytes.ts';
import { uuidv7 } from '../../core/encoding/id.ts';
import { shownTime } from '../../core/encoding/time.ts';
import { EntangleError } from '../../core/errors.ts';
import { isThrownOut } from '../../core/projection/queries.ts';
import { writeInvite } from '../../core/protocol/invite.ts';
import type { MemberRole } from '../../core/vocabulary.ts';
import { inviteSecret } from '../messaging/admission.ts';
import { nowSeconds } from '../messaging/home.ts';
import { record } from '../messaging/rejections.ts';
import type { Host } from './host.ts';

export const invite = async (host: Host, wanted: { role: MemberRole; name: string; expiresMs: number }) => {
  const { home } = host;
  const taken = home.tables
    .list('hellos', { role: wanted.role, name: wanted.name })
    .some((row) => !isThrownOut(home.tables, row.pubkey));
  if (taken)
    throw new EntangleError('conflict', `a ${wanted.role} "${wanted.name}" already exists`, {
      hint: 'choose another name, or revoke the existing one',
    });
  const id = uuidv7(home.clock.now(), home.random.bytes(10));
  const expiresAt = nowSeconds(home) + Math.ceil(wanted.expiresMs / 1000);
  await record(home, 'invite.issued', { id, role: wanted.role, name: wanted.name, expiresAt });
  // A relay of ours is to know its ticket before the newcomer comes.
  host.poke();
  return {
    id,
    role: wanted.role,
    name: wanted.name,
    expires: shownTime(expiresAt),
    invite: writeInvite({
      host: home.host,
      recovery: host.recovery,
      relays: [...host.relays],
      graph: home.graph,
      role: wanted.role,
      name: wanted.name,
      id,
      secret: toHex(inviteSecret(home, id)),
      expiresAt,
    }),
  };
};
