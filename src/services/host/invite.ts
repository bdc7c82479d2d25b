/** Makes invites: each lets one key in, once, under one name. It never implies trust. */
import { toHex } from '../../core/encoding/bytes.ts';
import { uuidv7 } from '../../core/encoding/id.ts';
import { nearest } from '../../core/encoding/nearest.ts';
import { shownTime } from '../../core/encoding/time.ts';
import { EntangleError } from '../../core/errors.ts';
import type { Graph } from '../../core/graph/model.ts';
import { isThrownOut } from '../../core/projection/queries.ts';
import { writeInvite } from '../../core/protocol/invite.ts';
import type { MemberRole } from '../../core/vocabulary.ts';
import { inviteSecret } from '../messaging/admission.ts';
import { nowSeconds } from '../messaging/home.ts';
import { record } from '../messaging/rejections.ts';
import type { Host } from './host.ts';

export const invite = async (host: Host, wanted: { role: MemberRole; name: string; expiresMs: number }) => {
  const { home } = host;
  if (isTaken(host, wanted.role, wanted.name))
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
    warning: strangeName(host, wanted),
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

const isTaken = ({ home }: Host, role: MemberRole, name: string): boolean =>
  home.tables.list('hellos', { role, name }).some((row) => !isThrownOut(home.tables, row.pubkey));

/** Names that the active graph gives to people, or places agents on. */
const namesOf = (graph: Graph, role: MemberRole): Set<string> =>
  new Set(
    [...graph.nodes].flatMap(([name, node]) => {
      if (role === 'user') return node.kind === 'user' ? [name] : [];
      return node.kind === 'agent' && node.placement.runner !== undefined ? [node.placement.runner] : [];
    }),
  );

/**
 * Under a name with a slip in it somebody joins well, and no agent is ever placed there. A graph need not name its
 * runners, so of those only a name that is nearly one of its own is strange.
 */
const strangeName = (host: Host, { role, name }: { role: MemberRole; name: string }): string | null => {
  if (host.graph === null) return null;
  const known = namesOf(host.graph, role);
  if (known.has(name)) return null;
  const meant = nearest(
    name,
    [...known].filter((one) => !isTaken(host, role, one)),
  );
  if (meant !== null) return `the active graph names no ${role} "${name}"; did you mean ${meant}?`;
  if (role === 'runner') return null;
  return `the active graph names no user "${name}"; add one with the key that \`entangle user join\` prints`;
};
