/**
 * What a turn logs in with: asked of the Host when the turn begins, for a key that is in memory alone. What the ledger keeps
 * of the answer nobody can read afterwards, so a runner that was restarted asks again.
 */
import { conversationKey, decrypt } from '../../core/crypto/nip44.ts';
import { fromBase64, fromHex, toHex } from '../../core/encoding/bytes.ts';
import { EntangleError } from '../../core/errors.ts';
import { secretsOfNode } from '../../core/graph/named-secrets.ts';
import type { RowOf } from '../../core/projection/rows.ts';
import type { BodyOf } from '../../core/protocol/table.ts';
import type { SecretDenial } from '../../core/vocabulary.ts';
import type { NamedBytes } from '../../ports/index.ts';
import { readBody } from '../messaging/read-event.ts';
import { finish } from './report-state.ts';
import { type Runner, specOfSession } from './runner.ts';
import { isFinalTrouble } from './turn.ts';
import { requesterMessage } from './turn-result.ts';

/** A Host that is there answers within a second or two; one that is away is asked again later. */
const PATIENCE_MS = 20_000;
const POLL_MS = 200;

type Held = Pick<RowOf<'assignments'>, 'id' | 'fence'>;
type Asked = { name: string; own: Uint8Array; request: string };

/** All that the node of the session names; null where it cannot have one of them, and its session is over then. */
export const lookForSecrets = async (
  runner: Runner,
  session: RowOf<'sessions'>,
  signal: AbortSignal,
): Promise<NamedBytes[] | null> => {
  const found = await specOfSession(runner, session);
  if (!found) return null;
  const names = secretsOfNode(found.spec);
  if (names.length === 0) return [];
  const asked: Asked[] = [];
  try {
    for (const name of names) asked.push(await ask(runner, found.assignment, name));
    return await runner.turns.waiting(session.id, () => answersTo(runner, asked, signal));
  } catch (error) {
    if (signal.aborted) return null;
    if (!isFinalTrouble(runner, session, error)) throw error;
    const summary = requesterMessage(runner, error, 'turn');
    await finish(runner, session, { state: 'failed', reason: 'secret_unavailable', summary });
    return null;
  } finally {
    for (const { own } of asked) own.fill(0);
  }
};

const ask = async ({ home, exchange }: Runner, { id, fence }: Held, name: string): Promise<Asked> => {
  const own = home.random.bytes(32);
  const key = toHex(home.suite.publicKey(own));
  const dedup = `secret:${key}`;
  await exchange.send([
    {
      type: 'secret.request',
      from: home.self.pubkey,
      to: home.host,
      body: { assignment: id, fence, name, key },
      dedup,
    },
  ]);
  const said = { sender: home.self.pubkey, recipient: home.host, type: 'secret.request' as const, dedup };
  return { name, own, request: home.tables.list('messages', said)[0]?.id ?? '' };
};

const answersTo = async (
  runner: Runner,
  asked: readonly Asked[],
  signal: AbortSignal,
): Promise<NamedBytes[]> => {
  const { clock, tables } = runner.home;
  const until = clock.monotonic() + PATIENCE_MS;
  for (;;) {
    const missing = asked.find(({ request }) => tables.get('secret_requests', request)?.answer == null);
    if (missing === undefined) return Promise.all(asked.map((one) => opened(runner, one)));
    if (signal.aborted || clock.monotonic() >= until) throw unanswered(missing.name);
    await clock.sleep(POLL_MS, signal);
  }
};

const unanswered = (name: string): EntangleError =>
  new EntangleError('unavailable', `the Host has not answered whether this node may have secret "${name}"`, {
    hint: 'ask an operator whether the Host runs: `entangle host status`',
  });

const DENIED: Readonly<Record<SecretDenial, (name: string) => EntangleError>> = {
  secret_missing: (name) =>
    new EntangleError('not_found', `the Host has no secret "${name}"`, {
      hint: `ask an operator to set it: \`entangle host secret set ${name}\``,
    }),
  secret_not_named: (name) =>
    new EntangleError('denied', `the graph does not give secret "${name}" to this node`),
  lease_over: (name) =>
    new EntangleError(
      'unavailable',
      `the Host does not grant secret "${name}": this runner does not hold the node`,
    ),
  bad_key: (name) =>
    new EntangleError('invalid', `the Host could not seal secret "${name}" for the key of this request`),
};

const opened = async ({ home }: Runner, { name, own, request }: Asked): Promise<NamedBytes> => {
  const row = home.tables.get('secret_requests', request);
  if (row?.reason != null) throw DENIED[row.reason](name);
  const grant = await readBody<BodyOf<'secret.grant'>>(home, row?.answer ?? '');
  if (!grant) throw unanswered(name);
  try {
    const pair = conversationKey(home.suite, own, fromHex(grant.key), home.random.bytes(32));
    const bytes = fromBase64(decrypt(home.suite, pair, grant.box));
    pair.fill(0);
    return { name, bytes };
  } catch (cause) {
    throw new EntangleError('invalid', `what the Host granted as secret "${name}" does not open`, { cause });
  }
};
