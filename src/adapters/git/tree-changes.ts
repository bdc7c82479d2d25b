/** What differs between pairs of trees. Only directories that differ are read, those of one depth together, each once. */
import { EntangleError } from '../../core/errors.ts';
import type { ChangedPair } from './compare.ts';
import { canonicalMode, entryName, isSubmodule, type TreeEntry, tooLarge } from './entries.ts';
import { COLLECT_LIMITS } from './limits.ts';
import { readObjects } from './objects.ts';
import { catFile } from './run.ts';

/** Ids of trees; null where there is none. */
export type TreePair = { old: string | null; now: string | null };
/** A directory that differs, in which of the pairs, and its path with one character for each byte. */
type Open = TreePair & { of: string; path: string };
type Row = { name: string; mode: string; id: string };

/**
 * By the names of the pairs. All of them together are within the limits of one workspace (docs/threats.md T82: a tree can
 * be a bomb): directories count as files do, since one may hold nothing but others.
 */
export const changedBetween = async (
  store: string,
  pairs: ReadonlyMap<string, TreePair>,
): Promise<Map<string, ChangedPair[]>> => {
  const changed = new Map<string, ChangedPair[]>([...pairs.keys()].map((of) => [of, []]));
  let open: Open[] = [...pairs].map(([of, trees]) => ({ of, path: '', ...trees }));
  let seen = 0;
  for (let depth = 0; open.length > 0; depth++) {
    if (depth > COLLECT_LIMITS.depth) throw tooLarge();
    const trees = await treesOf(store, open);
    const next: Open[] = [];
    for (const { of, path, old, now } of open)
      for (const { name, ...sides } of differing(trees(old), trees(now), (old ?? now ?? '').length / 2)) {
        if (++seen > COLLECT_LIMITS.entries) throw tooLarge();
        const raw = `${path}${name}`;
        if (isTree(sides.old ?? sides.now))
          next.push({ of, path: `${raw}/`, old: sides.old?.id ?? null, now: sides.now?.id ?? null });
        else
          changed.get(of)!.push({
            path: entryName(raw).path,
            old: entryOf(raw, sides.old),
            now: entryOf(raw, sides.now),
          });
      }
    open = next;
  }
  await findSizes(store, [...changed.values()].flat());
  return changed;
};

const treesOf = async (store: string, open: readonly TreePair[]): Promise<(id: string | null) => Buffer> => {
  const ids = new Set(open.flatMap(({ old, now }) => [old, now]).filter((id) => id !== null));
  const found = await readObjects(store, 'tree', [...ids]);
  return (id) => {
    const content = id === null ? NOTHING : found.get(id);
    if (content === undefined) throw missing('directory');
    return content;
  };
};
const NOTHING = Buffer.alloc(0);

const isTree = (row: Row | undefined): boolean => row?.mode === '040000';
const entryOf = (raw: string, row: Row | undefined): TreeEntry | undefined =>
  row && { mode: row.mode, id: row.id, size: 0, raw, ...entryName(raw) };

type Sides = { name: string; old?: Row; now?: Row };
/**
 * Both are read side by side in the order of git, and only what is the same in both is passed over: in a tree that is out
 * of order more is told than differs, and never less.
 */
function* differing(old: Buffer, now: Buffer, idBytes: number): Generator<Sides> {
  let [oldAt, nowAt] = [0, 0];
  while (oldAt < old.length || nowAt < now.length) {
    const [oldEnd, nowEnd] = [rowEnd(old, oldAt, idBytes), rowEnd(now, nowAt, idBytes)];
    const isSame = old.compare(now, nowAt, nowEnd, oldAt, oldEnd) === 0;
    const [before, after] = isSame
      ? []
      : [rowIn(old, oldAt, oldEnd, idBytes), rowIn(now, nowAt, nowEnd, idBytes)];
    const order = isSame ? 0 : orderOf(before, after);
    if (order <= 0) oldAt = oldEnd;
    if (order >= 0) nowAt = nowEnd;
    if (order < 0) yield { name: before!.name, old: before! };
    else if (order > 0) yield { name: after!.name, now: after! };
    else if (before && after && (before.id !== after.id || before.mode !== after.mode))
      yield { name: before.name, old: before, now: after };
  }
}

/** A mode, a name, a NUL and an id. */
const rowEnd = (tree: Buffer, at: number, idBytes: number): number => {
  if (at === tree.length) return at;
  const nul = tree.indexOf(0, at);
  if (nul < 0 || nul + 1 + idBytes > tree.length) throw missing('directory');
  return nul + 1 + idBytes;
};

const rowIn = (tree: Buffer, at: number, end: number, idBytes: number): Row | null => {
  if (at === end) return null;
  const head = /^([0-7]{1,6}) ([^/]+)$/s.exec(tree.toString('latin1', at, end - idBytes - 1));
  if (!head) throw missing('directory');
  return { mode: modeOf(head[1]!), name: head[2]!, id: tree.toString('hex', end - idBytes, end) };
};

/** Git reads four kinds, whatever else a mode says. */
const modeOf = (octal: string): string => {
  const kind = Number.parseInt(octal, 8) & 0o170000;
  if (kind === 0o100000) return canonicalMode(octal);
  return kind === 0o040000 ? '040000' : kind === 0o120000 ? '120000' : '160000';
};

/** As git has it, a directory stands where its name with a slash would. */
const orderOf = (one: Row | null | undefined, two: Row | null | undefined): number => {
  if (!one || !two) return one ? -1 : 1;
  const [first, second] = [one, two].map((row) => (isTree(row) ? `${row.name}/` : row.name)) as [
    string,
    string,
  ];
  return first === second ? 0 : first < second ? -1 : 1;
};

const CHECKED = /^([0-9a-f]+) blob ([0-9]+)$/;
const findSizes = async (store: string, pairs: readonly ChangedPair[]): Promise<void> => {
  const entries = pairs.flatMap(({ old, now }) => [old, now]).filter((entry) => entry !== undefined);
  const files = entries.filter((entry) => !isSubmodule(entry));
  if (files.length === 0) return;
  const input = [...new Set(files.map(({ id }) => id))].map((id) => `${id}\n`).join('');
  const said = await catFile({ store, args: ['--batch-check'], input });
  const sizes = new Map<string, number>();
  for (const line of said.toString('latin1').split('\n')) {
    const [, id, size] = CHECKED.exec(line) ?? [];
    if (id !== undefined) sizes.set(id, Number(size));
  }
  for (const file of files) {
    const size = sizes.get(file.id);
    if (size === undefined) throw missing('file');
    file.size = size;
  }
  const bytes = (side: 'old' | 'now') => pairs.reduce((sum, pair) => sum + (pair[side]?.size ?? 0), 0);
  if (Math.max(bytes('old'), bytes('now')) > COLLECT_LIMITS.bytes) throw tooLarge();
};

const missing = (what: string): EntangleError =>
  new EntangleError('invalid', `a ${what} of the commit is missing from the repository or damaged`, {
    hint: 'fetch it anew into a fresh, complete clone',
  });
