/**
 * What a turn logs in with: asked of the Host when the turn begins, for a key that is in memory alone. What the ledger keeps
 * of the answer nobody can read afterwards, so a runner that was restarted asks again.
 */
import { conversationKey, decrypt } from '../../core/crypto/nip44.ts';
import { fromBase64, fromHex, toHex } from '../../core/encoding/bytes.ts';
import { EntangleError } from '../../core/errors.ts';
import { principalOf } from '../../core/graph/named-principals.ts';
import { secretsOfNode } from '../../core/graph/named-secrets.ts';
import type { RowOf } from '../../core/projection/rows.ts';
import type { BodyOf } from '../../core/protocol/table.ts';
import { type PrincipalCredential, readCredential } from '../../core/source/principal.ts';
import { PUBLISH_DENIALS, type PublishDenial, type SecretDenial } from '../../core/vocabulary.ts';
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
/** A secret, or a git principal with what it logs in with. */
type Wanted = { name: string; isPrincipal: boolean; publish?: Publication };
/** What is to be pushed, and the approvals of it. */
export type Publication = NonNullable<BodyOf<'secret.request'>['publish']>;
type Asked = Wanted & { own: Uint8Array; request: string };
type Opened = NamedBytes & Wanted;

/**
 * All that the node of the session names, and what its git principal logs in with, which is held until its turn is over; null
 * where it cannot have one of them, and its session is over then.
 */
export const lookForSecrets = async (
  runner: Runner,
  session: RowOf<'sessions'>,
  signal: AbortSignal,
): Promise<NamedBytes[] | null> => {
  const found = await specOfSession(runner, session);
  if (!found) return null;
  const principal = principalOf(found.spec);
  const wanted: Wanted[] = [
    ...secretsOfNode(found.spec).map((name) => ({ name, isPrincipal: false })),
    ...(principal === null ? [] : [{ name: principal, isPrincipal: true }]),
  ];
  if (wanted.length === 0) return [];
  try {
    const work = () => askAll(runner, found.assignment, wanted, signal);
    const all = await runner.turns.waiting(session.id, work);
    for (const one of all) if (one.isPrincipal) runner.credentials.set(session.id, credentialIn(one));
    return all.flatMap(({ isPrincipal, name, bytes }) => (isPrincipal ? [] : [{ name, bytes }]));
  } catch (error) {
    if (signal.aborted) return null;
    if (!isFinalTrouble(runner, session, error)) throw error;
    const summary = requesterMessage(runner, error, 'turn');
    await finish(runner, session, { state: 'failed', reason: 'secret_unavailable', summary });
    return null;
  }
};

/** Outside of its turn: for a push, or for what stands beside one. `publish`: what pushes is withheld until it was approved. */
export const askForPrincipal = async (
  runner: Runner,
  session: string,
  name: string,
  publish?: Publication,
): Promise<PrincipalCredential> => {
  const row = runner.home.tables.get('sessions', session);
  const found = row && (await specOfSession(runner, row));
  if (!found) throw new EntangleError('unavailable', 'its node is not assigned here');
  const wanted = [{ name, isPrincipal: true, ...(publish && { publish }) }];
  const [one] = await askAll(runner, found.assignment, wanted, runner.closing);
  return credentialIn(one!);
};

const credentialIn = ({ name, bytes }: Opened): PrincipalCredential => {
  const credential = readCredential(bytes);
  bytes.fill(0);
  if (credential === null)
    throw new EntangleError('invalid', `what the Host granted of git principal "${name}" cannot be read`);
  return credential;
};

const askAll = async (
  runner: Runner,
  held: Held,
  wanted: readonly Wanted[],
  signal: AbortSignal,
): Promise<Opened[]> => {
  const asked: Asked[] = [];
  try {
    for (const one of wanted) asked.push(await ask(runner, held, one));
    return await answersTo(runner, asked, signal);
  } finally {
    for (const { own } of asked) own.fill(0);
  }
};

const ask = async ({ home, exchange }: Runner, { id, fence }: Held, wanted: Wanted): Promise<Asked> => {
  const own = home.random.bytes(32);
  const key = toHex(home.suite.publicKey(own));
  const dedup = `secret:${key}`;
  const { name, isPrincipal, publish } = wanted;
  const asks = { ...(isPrincipal && { principal: true as const }), ...(publish && { publish }) };
  await exchange.send([
    {
      type: 'secret.request',
      from: home.self.pubkey,
      to: home.host,
      body: { assignment: id, fence, name, key, ...asks },
      dedup,
    },
  ]);
  const said = { sender: home.self.pubkey, recipient: home.host, type: 'secret.request' as const, dedup };
  return { ...wanted, own, request: home.tables.list('messages', said)[0]?.id ?? '' };
};

const answersTo = async (runner: Runner, asked: readonly Asked[], signal: AbortSignal): Promise<Opened[]> => {
  const { clock, tables } = runner.home;
  const until = clock.monotonic() + PATIENCE_MS;
  for (;;) {
    const missing = asked.find(({ request }) => tables.get('secret_requests', request)?.answer == null);
    if (missing === undefined) return Promise.all(asked.map((one) => opened(runner, one)));
    if (signal.aborted || clock.monotonic() >= until) throw unanswered(missing);
    await clock.sleep(POLL_MS, signal);
  }
};

const whatOf = ({ name, isPrincipal }: Wanted): string =>
  isPrincipal ? `git principal "${name}"` : `secret "${name}"`;

const unanswered = (wanted: Wanted): EntangleError =>
  new EntangleError('unavailable', `the Host has not answered whether this node may have ${whatOf(wanted)}`, {
    hint: 'ask an operator whether the Host runs: `entangle host status`',
  });

const withheld = (because: Readonly<Record<PublishDenial, string>>) =>
  Object.fromEntries(
    PUBLISH_DENIALS.map((reason) => [
      reason,
      (wanted: Wanted) =>
        new EntangleError(
          'denied',
          `the Host withholds what pushes as ${whatOf(wanted)}: ${because[reason]}`,
          { hint: 'ask for the work again, so that people decide anew' },
        ),
    ]),
  ) as Record<PublishDenial, (wanted: Wanted) => EntangleError>;

const DENIED: Readonly<Record<SecretDenial, (wanted: Wanted) => EntangleError>> = {
  secret_missing: (wanted) =>
    new EntangleError(
      'not_found',
      `the Host has no ${whatOf(wanted)}${wanted.isPrincipal ? ', or not what it logs in with' : ''}`,
      {
        hint: `ask an operator to set it: \`entangle host ${wanted.isPrincipal ? 'principal' : 'secret'} set ${wanted.name}\``,
      },
    ),
  secret_not_named: (wanted) =>
    new EntangleError('denied', `the graph does not give ${whatOf(wanted)} to this node`),
  lease_over: (wanted) =>
    new EntangleError(
      'unavailable',
      `the Host does not grant ${whatOf(wanted)}: this runner does not hold the node`,
    ),
  bad_key: (wanted) =>
    new EntangleError('invalid', `the Host could not seal ${whatOf(wanted)} for the key of this request`),
  key_misused: (wanted) =>
    new EntangleError('denied', `the Host does not grant ${whatOf(wanted)}: its key is for something else`, {
      hint: 'ask an operator what is wrong with it: `entangle host principal list`',
    }),
  ...withheld({
    wrong_subject: 'it is of another session, repository or branch than its node has now',
    policy_unknown: 'the graph has another approval policy than it was approved under',
    too_few_approvals: 'too few of the people whom the policy names approved it',
    requester_unknown: 'the Host was not shown who launched it, whom four-eyes leaves out',
    approval_over: 'its approval is over',
    already_granted: 'it was granted for this approval before, and is another key or for another commit now',
  }),
};

const opened = async ({ home }: Runner, { own, request, ...wanted }: Asked): Promise<Opened> => {
  const row = home.tables.get('secret_requests', request);
  if (row?.reason != null) throw DENIED[row.reason](wanted);
  const grant = await readBody<BodyOf<'secret.grant'>>(home, row?.answer ?? '');
  if (!grant) throw unanswered(wanted);
  try {
    const pair = conversationKey(home.suite, own, fromHex(grant.key), home.random.bytes(32));
    const bytes = fromBase64(decrypt(home.suite, pair, grant.box));
    pair.fill(0);
    return { ...wanted, bytes };
  } catch (cause) {
    throw new EntangleError('invalid', `what the Host granted as ${whatOf(wanted)} does not open`, { cause });
  }
};
