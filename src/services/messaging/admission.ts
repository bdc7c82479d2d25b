/** May a newcomer come in: the invite's proof, one name a key, one role a key. */
import { concat, toHex, utf8 } from '../../core/encoding/bytes.ts';
import { holdersOf, isReplaced } from '../../core/projection/queries.ts';
import type { Message } from '../../core/protocol/message.ts';
import type { BodyOf } from '../../core/protocol/table.ts';
import type { MemberRole } from '../../core/vocabulary.ts';
import { successionDenial } from './authority.ts';
import type { Home } from './home.ts';
import { nowSeconds } from './home.ts';

const INVITE_DOMAIN = 'entangle/invite/1';

/** The 128-bit secret of an invite, derived from the Host key so that nothing secret is written down. */
export const inviteSecret = (home: Pick<Home, 'suite' | 'root'>, id: string): Uint8Array =>
  home.suite.hmac(home.root, utf8(`${INVITE_DOMAIN}/${id}`)).slice(0, 16);

/** HMAC over (domain, host, self, graph, role, name): what a hello proves with the invite's secret. */
export const inviteProofOf = (
  suite: Home['suite'],
  secret: Uint8Array,
  facts: { host: string; self: string; graph: string; role: string; name: string },
): string => {
  const { host, self, graph, role, name } = facts;
  return toHex(
    suite.hmac(secret, concat(utf8(JSON.stringify([INVITE_DOMAIN, host, self, graph, role, name])))),
  );
};

/** Null when the newcomer may come in, else the reason. */
export const admissionDenial = (home: Home, m: Message): string | null => {
  if (m.type === 'authority.rotate') return successionDenial(home, m as Message<BodyOf<'authority.rotate'>>);
  const body = m.body as BodyOf<'runner.hello'>;
  const role = m.type === 'runner.hello' ? 'runner' : 'user';
  const met = home.tables.get('keys', m.from);
  if (met && met.role !== role) return 'key_reuse';
  if (role === 'user' && !body.invite && home.tables.get('users', m.from)) return null;
  const known = home.tables.get('hellos', m.from);
  if (known && (known.role !== role || known.name !== body.name)) return 'name_changed';
  if (known && isReplaced(home.tables, known)) return 'name_taken';
  if (known && !body.invite) return null;
  const used = home.tables.get('used_invites', body.invite?.id ?? '', m.from);
  // Its own home says so again; another home of its key needs an invite of its own
  if (used) return isOfOneHome(home, used.message, m) ? null : 'invite_used';
  // Who came with one invite comes with another only where the Host made it for this key: its home is a new one
  const isMadeForIt = home.tables.get('invites', body.invite?.id ?? '')?.key === m.from;
  if (!isMadeForIt && home.tables.count('used_invites', { pubkey: m.from }) > 0) return 'bad_invite';
  return inviteDenial(home, m, role, body) ?? nameDenial(home, m.from, role, body.name);
};

const isOfOneHome = ({ tables }: Home, hello: string, { seq }: Message): boolean =>
  tables.get('messages', hello, 'in')?.stream === seq?.stream;

const inviteDenial = (
  home: Home,
  m: Message,
  role: MemberRole,
  body: BodyOf<'runner.hello'>,
): string | null => {
  if (!body.invite) return 'no_invite';
  const invite = home.tables.get('invites', body.invite.id);
  if (!invite || invite.role !== role || invite.name !== body.name) return 'bad_invite';
  if (invite.key !== null && invite.key !== m.from) return 'bad_invite';
  const expected = inviteProofOf(home.suite, inviteSecret(home, body.invite.id), {
    host: home.host,
    self: m.from,
    graph: home.graph,
    role,
    name: body.name,
  });
  if (expected !== body.invite.hmac) return 'bad_invite';
  if (invite.expires <= nowSeconds(home)) return 'invite_expired';
  return home.tables.count('used_invites', { id: body.invite.id }) > 0 ? 'invite_used' : null;
};

/** A name belongs to the key that came first, until that was rejected or revoked, or the graph names another; the operator decides. */
const nameDenial = (home: Home, pubkey: string, role: MemberRole, name: string): string | null =>
  holdersOf(home.tables, role, name).some((row) => row.pubkey !== pubkey) ? 'name_taken' : null;
