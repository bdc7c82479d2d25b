/** A file that an engine gives the people whom its task concerns: who launched it, and who approves what comes of it. */
import { MAX_GIVEN } from '../../core/bounds.ts';
import type { DirectiveSaid } from '../../core/directives.ts';
import { toHex, utf8 } from '../../core/encoding/bytes.ts';
import { derivedId } from '../../core/encoding/id.ts';
import type { RowOf } from '../../core/projection/rows.ts';
import type { Draft } from '../../core/protocol/compose.ts';
import type { BodyOf } from '../../core/protocol/table.ts';
import { keepAttached } from '../messaging/attached.ts';
import { edgeDenial } from '../messaging/authorization-context.ts';
import { hasRoomForFile } from '../messaging/given-files.ts';
import { approversOf, ruleOf } from './approving.ts';
import {
  type DirectingTurn,
  type DirectiveAnswer,
  nextKey,
  type Refused,
  refusalOf,
  refused,
  speaker,
} from './directive.ts';

type Wanted = DirectiveSaid<'artifact'>;
const TOO_MANY = refused(
  'too_many_files',
  `at most ${MAX_GIVEN.files} files, and ${MAX_GIVEN.bytes} bytes, in one session`,
);

export const artifact = async (turn: DirectingTurn, wanted: Wanted): Promise<DirectiveAnswer> => {
  const me = speaker(turn, 'gives');
  if ('ok' in me) return me;
  const people = await readersOf(turn, me.name);
  if ('ok' in people) return people;
  try {
    const bytes = await bytesOf(turn, wanted);
    return 'ok' in bytes ? bytes : await give(turn, wanted, bytes, people);
  } catch (error) {
    return refusalOf(error);
  }
};

const bytesOf = async (turn: DirectingTurn, { path, text }: Wanted): Promise<Uint8Array | Refused> => {
  if ((path === undefined) === (text === undefined))
    return refused('bad_directive', 'give either the path of a file of the workspace, or a text');
  if (text !== undefined) return utf8(text);
  return turn.fileOf(path!);
};

const give = async (
  turn: DirectingTurn,
  { name, path, media, words }: Wanted,
  bytes: Uint8Array,
  people: readonly Reader[],
): Promise<DirectiveAnswer> => {
  const { runner, session } = turn;
  const { home } = runner;
  const hasRoom = () => hasRoomForFile(home, session.id, session.node, bytes.length);
  const kind = media ?? (path === undefined ? 'text/plain' : 'application/octet-stream');
  const sha256 = toHex(home.suite.sha256(bytes));
  const { key, take } = nextKey(turn, `artifact ${name} ${sha256} ${kind} ${words ?? ''}`);
  const id = derivedId(session.id, key);
  const isGiven = () => home.tables.get('files', id) !== undefined;
  // Before it takes room on this disk; what a turn before a restart gave has its place
  if (!isGiven() && !hasRoom()) return TOO_MANY;
  const giveBack = take();
  const [file] = await keepAttached(home, [{ name, bytes }]).catch((error: unknown) => {
    giveBack();
    throw error;
  });
  const body: BodyOf<'artifact.file'> = {
    ...{ artifact: id, session: session.id, attempt: session.attempt, file: file!, media: kind },
    ...(words === undefined ? {} : { words }),
  };
  const drafts = people.map(
    ({ pubkey: to }): Draft<'artifact.file'> => ({
      ...{ type: 'artifact.file', from: session.node, to, body },
      dedup: `file:${key.slice(0, 32)}`,
    }),
  );
  const send = () => (!turn.isOver() && (isGiven() || hasRoom()) ? drafts : []);
  const objection = await runner.exchange.send(send).then(() => null, refusalOf);
  if (objection ?? !isGiven()) {
    giveBack();
    return objection ?? (turn.isOver() ? refused('cancelled', 'the turn is over') : TOO_MANY);
  }
  const to = people.map((one) => one.name);
  turn.tell(`gives the file ${name} (${bytes.length} bytes) to ${to.join(', ')}`);
  return { ok: true, artifact: id, sha256: file!.sha256, size: bytes.length, to };
};

type Reader = Pick<RowOf<'peers'>, 'name'> & { pubkey: string };
/** Whoever launched it, where that is a person, and whom the policy names for its commits. */
const readersOf = async (turn: DirectingTurn, me: string): Promise<Reader[] | Refused> => {
  const { runner, session } = turn;
  const { home } = runner;
  const [asker] = home.tables.list('peers', { owner: session.node, pubkey: session.requester });
  const rule = ruleOf(runner, session, 'source.publish');
  const approvers = rule ? await approversOf(runner, session, rule) : [];
  const launcher = asker?.kind === 'user' ? [{ name: asker.name, pubkey: session.requester }] : [];
  const all = new Map([...launcher, ...approvers].map(({ name, pubkey }) => [pubkey, { name, pubkey }]));
  if (all.size === 0)
    return refused(
      'no_person',
      `an agent gave ${me} this task, and nobody approves what comes of it: files go to people`,
    );
  const denials = [...all.values()].map((one) => ({
    ...{ one, denial: edgeDenial(home, session.node, one.pubkey, 'artifact.file', true) },
  }));
  const reached = denials.flatMap(({ one, denial }) => (denial === null ? [one] : []));
  if (reached.length > 0) return reached;
  const [{ one, denial } = { one: { name: '' }, denial: null }] = denials;
  const code = denial ?? 'no_edge';
  return refused(code, `the graph has no edge between ${me} and "${one.name}" that carries a file (${code})`);
};
