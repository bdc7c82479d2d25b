/** Signs what the ledger of this Host is, now and then: whoever keeps a checkpoint sees whether what came before is changed later. */
import { logPublicKey, logSign } from '../../core/crypto/ed25519.ts';
import { toBase64, toHex, utf8 } from '../../core/encoding/bytes.ts';
import { EntangleError } from '../../core/errors.ts';
import type { CheckpointView } from '../../core/host-api/authority-views.ts';
import { resting } from '../../core/in-slices.ts';
import { checkpointOf } from '../../core/ledger/checkpoint.ts';
import { CHECKPOINT_WITHIN } from '../../core/ledger/checkpoint-check.ts';
import { GENESIS, type Head, leafOf } from '../../core/ledger/line.ts';
import { addLeaf, EMPTY_TREE, type MerkleState, rootOf } from '../../core/ledger/merkle.ts';
import { logOrigin, noteText, writeNote } from '../../core/ledger/note.ts';
import type { RecordBody } from '../../core/protocol/messages/records.ts';
import type { Home } from '../messaging/home.ts';
import { bodyIn, readRow } from '../messaging/read-event.ts';
import { recordOf } from '../messaging/rejections.ts';
import type { Host } from './host.ts';

/** Lines after which one is due, and how long a few wait for theirs. */
const EVERY_LINES = 256;
const EVERY_MS = 10 * 60_000;

type Body = RecordBody<'checkpoint'>;
/** A home, and the key that signs for its log. */
export type LogSigner = Pick<Host, 'home' | 'logKey' | 'checkpointing'>;

/** Where the one that was signed last stands; undefined where none was. */
export const newestCheckpoint = ({ tables }: Home) =>
  tables.list(
    'messages',
    { type: 'checkpoint', dir: 'local' },
    { order: 'line', descending: true, limit: 1 },
  )[0];

const newest = async (home: Home): Promise<{ body: Body; event: string; line: number } | null> => {
  const row = newestCheckpoint(home);
  if (!row) return null;
  const { event } = await readRow(home, row);
  return { body: bodyIn<Body>(event), event: event.id, line: row.line };
};

const viewOf = ({ suite, graph }: Home, { size, root, log, sig }: Body, event: string): CheckpointView => ({
  ...{ size, root, log, event },
  note: writeNote(suite.sha256, { origin: logOrigin(graph), size, root }, { log, sig }).split('\n'),
});

/** On from a checkpoint of before, as its own signed word has it; from the first line where that does not fit together. */
const treeOf = ({ suite }: Home, body: Body | undefined): MerkleState => {
  if (!body) return EMPTY_TREE;
  const tree = { size: body.size, peaks: body.peaks };
  return rootOf(suite.sha256, tree) === body.root ? tree : EMPTY_TREE;
};

const sign = async (host: LogSigner): Promise<CheckpointView | null> => {
  const { home } = host;
  const { sha256 } = home.suite;
  const last = await newest(home);
  // Nothing but the checkpoint itself is new
  if (last && home.ledger.head.n === last.line && last.line === last.body.size + 1)
    return viewOf(home, last.body, last.event);
  let tree = treeOf(home, last?.body);
  let head: Head = tree.size === 0 ? GENESIS : { n: tree.size, chain: last!.body.chain };
  // What is on disk; what is appended meanwhile has its turn with the next one
  const rest = resting(home.clock);
  for await (const line of home.ledger.read(tree.size + 1)) {
    tree = addLeaf(sha256, tree, leafOf(sha256, line));
    head = { n: line.n, chain: line.chain };
    await rest();
  }
  if (tree.size === 0 || home.ledger.head.n - tree.size >= CHECKPOINT_WITHIN / 2) return null;
  const { size, chain, root } = checkpointOf(sha256, head, tree);
  const log = toHex(logPublicKey(host.logKey));
  const text = noteText({ origin: logOrigin(home.graph), size, root });
  const sig = toBase64(logSign(utf8(text), host.logKey));
  const body = { size, chain, root, peaks: [...tree.peaks], log, sig };
  const event = recordOf(home, 'checkpoint', body);
  await home.ledger.append(() => [{ dir: 'local', event }]);
  return viewOf(home, body, event.id);
};

/** The newest one; of new lines one is signed first. Null while lines come faster than they are read. */
export const checkpointNow = (host: LogSigner): Promise<CheckpointView | null> => {
  const signing = host.checkpointing.then(() => sign(host));
  host.checkpointing = signing.then(
    () => undefined,
    () => undefined,
  );
  return signing;
};

/** Whether enough is new, or something has been for long enough; `begun`: when this Host began to look, in Unix milliseconds. */
export const isCheckpointDue = ({ home }: Host, begun: number): boolean => {
  const row = newestCheckpoint(home);
  const fresh = home.ledger.head.n - (row?.line ?? 0);
  return fresh >= EVERY_LINES || (fresh > 0 && home.clock.now() - (row?.kept ?? begun) >= EVERY_MS);
};

export const showCheckpoint = async (host: Host): Promise<CheckpointView> => {
  const signed = await checkpointNow(host);
  if (signed !== null) return signed;
  throw new EntangleError('unavailable', 'lines come faster than the log can sign them', {
    hint: 'try again when less goes on',
  });
};
