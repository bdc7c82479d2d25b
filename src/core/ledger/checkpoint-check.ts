/** A ledger against the checkpoints that its Host signed: those in it, and one that somebody kept elsewhere. */
import { readShape } from '../encoding/read-shape.ts';
import { parseStrict } from '../encoding/strict-json.ts';
import { EntangleError } from '../errors.ts';
import { RECORD_KIND } from '../protocol/message.ts';
import { RECORDS, type RecordType } from '../protocol/messages/records.ts';
import type { MessageType } from '../protocol/table.ts';
import { checkCheckpoint, isLogHead } from './checkpoint.ts';
import { type Hash, type Head, type Line, leafOf } from './line.ts';
import { createLogKeys } from './log-keys.ts';
import { addLeaf, EMPTY_TREE, type MerkleState, rootOf } from './merkle.ts';
import { logOrigin, readNote } from './note.ts';

/** A checkpoint stands at most so many lines behind what it is of: a Host appends it as soon as it has read that. */
export const CHECKPOINT_WITHIN = 4_096;

const tagOf = ({ event }: Line, name: string): string => event.tags.find(([tag]) => tag === name)?.[1] ?? '';
const isRecord = (line: Line, type: RecordType): boolean =>
  line.dir === 'local' && line.event.kind === RECORD_KIND && tagOf(line, 'type') === type;
const isSaid = (line: Line, type: MessageType): boolean => line.dir === 'out' && tagOf(line, 'type') === type;

/** Size that a kept note claims; whether it is genuine is asked when the keys of the log are known. */
const claimedSize = (note: string): number => Number(note.split('\n')[1]);

type Seen = { head: Head; tree: MerkleState };
export type CheckpointCheck = {
  /** Each line from the first on, verified before. Throws `invalid` at a checkpoint that is of another ledger. */
  see(line: Line): void;
  /** When all were seen: how many checkpoints were right. Throws where the kept one is of another ledger. */
  end(): number;
};

export const createCheckpointCheck = (sha256: Hash, witness: string | null): CheckpointCheck => {
  const recent: Seen[] = [];
  const logs = new Set<string>();
  const keys = createLogKeys(sha256);
  let tree = EMPTY_TREE;
  let origin = '';
  let atWitness: string | null = null;
  let checked = 0;
  const wanted = witness === null ? 0 : claimedSize(witness);
  const check = (line: Line): void => {
    const { data: body } = readShape(RECORDS.checkpoint, parseStrict(line.event.content));
    if (!body) throw new EntangleError('invalid', 'it holds a checkpoint that cannot be read');
    const seen = recent[body.size % CHECKPOINT_WITHIN];
    if (seen?.head.n !== body.size)
      throw new EntangleError('invalid', `its checkpoint of ${body.size} lines is out of place`);
    checkCheckpoint(sha256, body, seen.head, seen.tree);
    const graph = tagOf(line, 'graph');
    if (!isLogHead(graph, body)) throw new EntangleError('invalid', 'the log did not sign its checkpoint');
    keys.signed(body);
    origin = logOrigin(graph);
    logs.add(body.log);
    checked += 1;
  };
  return {
    see(line) {
      if (isRecord(line, 'checkpoint')) check(line);
      if (isRecord(line, 'log.rotated')) keys.rotated(line);
      if (isSaid(line, 'evidence.statement')) keys.stated(line);
      if (isSaid(line, 'evidence.logged')) keys.proved(line);
      tree = addLeaf(sha256, tree, leafOf(sha256, line));
      recent[line.n % CHECKPOINT_WITHIN] = { head: { n: line.n, chain: line.chain }, tree };
      if (line.n === wanted) atWitness = rootOf(sha256, tree);
    },
    end() {
      if (witness === null) return checked;
      const [found] = [...logs].flatMap((log) => {
        const one = readNote(sha256, witness, log);
        return one?.origin === origin ? [{ note: one, log }] : [];
      });
      if (!found) throw other('no log key that this ledger names signed the checkpoint that you kept');
      const { note, log } = found;
      const most = keys.mostOf(log);
      if (most !== null && note.size > most)
        throw other(
          `the checkpoint that you kept is signed by a key of the log that was replaced after ${most} lines`,
        );
      if (note.size > tree.size)
        throw other(`the ledger has ${tree.size} lines, and had ${note.size} when you kept its checkpoint`);
      if (note.root !== atWitness)
        throw other(`the first ${note.size} lines are not those of the checkpoint that you kept`);
      return checked;
    },
  };
};

const other = (words: string): EntangleError =>
  new EntangleError('invalid', words, {
    hint: 'ask who keeps this ledger: it was rewritten, or it is another one',
  });
