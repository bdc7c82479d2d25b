/** Makes invites: each lets one key in, once, under one name. It never implies trust, and never gives a name away. */
import { toHex } from '../../core/encoding/bytes.ts';
import { npub, uuidv7 } from '../../core/encoding/id.ts';
import { nearest } from '../../core/encoding/nearest.ts';
import { shownTime } from '../../core/encoding/time.ts';
import { EntangleError } from '../../core/errors.ts';
import type { Graph } from '../../core/graph/model.ts';
import { holdersOf } from '../../core/projection/queries.ts';
import { chainIn } from '../../core/projection/reducers/authority.ts';
import { writeInvite } from '../../core/protocol/invite.ts';
import type { MemberRole } from '../../core/vocabulary.ts';
import { inviteSecret } from '../messaging/admission.ts';
import { nowSeconds } from '../messaging/home.ts';
import { record } from '../messaging/rejections.ts';
import type { Host } from './host.ts';

/** `rejoin`: for a person who joined under that name before, and whose home is gone. */
type InviteWanted = { role: MemberRole; name: string; expiresMs: number; rejoin?: boolean | undefined };

export const invite = async (host: Host, wanted: InviteWanted) => {
  const { home } = host;
  const key = wanted.rejoin ? keyOf(host, wanted) : null;
  if (key === null && isTaken(host, wanted.role, wanted.name))
    throw new EntangleError('conflict', `a ${wanted.role} "${wanted.name}" already exists`, {
      hint:
        wanted.role === 'user'
          ? 'use --rejoin if it is the same person with the key of a backup; if they have a new key, put that into the graph first'
          : 'choose another name, or revoke the existing one',
    });
  const id = uuidv7(home.clock.now(), home.random.bytes(10));
  const expiresAt = nowSeconds(home) + Math.ceil(wanted.expiresMs / 1000);
  const { role, name } = wanted;
  const chain = [...chainIn(home.tables)];
  await record(home, 'invite.issued', { id, role, name, expiresAt, ...(key === null ? {} : { key }) });
  // A relay of ours is to know its ticket before the newcomer comes.
  host.poke();
  return {
    id,
    role,
    name,
    key: key === null ? null : npub(key),
    expires: shownTime(expiresAt),
    warning: strangeName(host, wanted),
    invite: writeInvite({
      host: home.host,
      recovery: host.recovery,
      relays: [...host.relays],
      graph: home.graph,
      role,
      name,
      id,
      secret: toHex(inviteSecret(home, id)),
      expiresAt,
      ...(key === null ? {} : { key }),
      ...(chain.length > 0 && { chain }),
    }),
  };
};

const isTaken = ({ home }: Host, role: MemberRole, name: string): boolean =>
  holdersOf(home.tables, role, name).length > 0;

/** The key that has this name: by an invite for it nobody else can take that. */
const keyOf = ({ home: { tables } }: Host, { role, name }: InviteWanted): string => {
  if (role !== 'user')
    throw new EntangleError('usage', 'only a user joins again', {
      hint: 'use another name for the runner, or revoke the one that has it',
    });
  const [holder, ...others] = holdersOf(tables, role, name);
  if (others.length > 0)
    throw new EntangleError(
      'conflict',
      `several keys have joined as "${name}", and the active graph names none`,
      {
        hint: 'add the right key to the graph first',
      },
    );
  if (holder) return holder.pubkey;
  const isReplaced = tables.count('hellos', { role, name }) > 0;
  throw new EntangleError(
    'not_found',
    isReplaced
      ? `the active graph gives "${name}" a key that has not joined yet`
      : `no user "${name}" has joined yet`,
    { hint: 'leave out --rejoin' },
  );
};

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
