/** The objects of a commit that is nowhere but in this store, for the store of another runner that has its base. */
import { EntangleError } from '../../core/errors.ts';
import { checkCommit } from '../../core/source/remote.ts';
import { gitFailed, packRefused } from './failure.ts';
import { runGit } from './run.ts';
import { TOLERATED } from './store.ts';

const PACK = ['--revs', '--stdout', '--thin', '--delta-base-offset', '-q'];

/** Bounded as it is printed: what is too much is not made to its end. */
export const packCommit = async (
  store: string,
  { base, commit, most }: { base: string; commit: string; most: number },
): Promise<Uint8Array> => {
  const overflow = new EntangleError('invalid', `the change takes more than ${most} bytes to send`);
  const input = `${checkCommit(commit)}\n^${checkCommit(base)}\n`;
  const result = await runGit({ store, verb: 'pack-objects', args: PACK, input, maxOutput: most, overflow });
  if (result.code !== 0) throw gitFailed('pack-objects', result);
  // A small one is printed before it could be stopped
  if (result.bytes.length > most) throw overflow;
  return Uint8Array.from(result.bytes);
};

/** What a pack of a few kilobytes may unfold to is not bounded by its size: one object's bytes are, and the time of all. */
const UNFOLDED = { GIT_ALLOC_LIMIT: '128m' };
const UNPACK_MS = 60_000;

/** Checked as what a fetch brings: of each object its form, and that all that it names is here. */
export const unpackCommit = async (store: string, pack: Uint8Array): Promise<void> => {
  const strict = `--strict=${TOLERATED.map((id) => `${id}=ignore`).join(',')}`;
  const args = ['--stdin', '--fix-thin', '--threads=1', strict, `--max-input-size=${pack.length}`];
  const late = new EntangleError('invalid', 'the change takes too long to unpack');
  const bounds = { env: UNFOLDED, timeoutMs: UNPACK_MS, late };
  const result = await runGit({ store, verb: 'index-pack', args, input: Buffer.from(pack), ...bounds });
  if (result.code !== 0) throw packRefused(result);
};
