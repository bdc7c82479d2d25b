/** The files of a large change by their directories: nobody reads a list of ten thousand names. */

/** So many files are a list; more are grouped. */
export const MOST_LISTED = 100;
/** Groups of one change, before they are cut: small directories are put together until there are no more. */
export const MAX_GROUPS = 200;
/** Of more files a group is cut into parts, whatever put them together: `user approve` waits at each. */
export const MOST_GROUPED = 300;
/** Of so many files a directory is one group, where that makes no more than so many groups. */
const LEAST = 25;
/** A path may have two thousand parts: directories below these are no groups. */
const DEEPEST = 8;

/**
 * `isDeep`: with all that is below it; else the files alone that lie in it, beside groups of its directories. `part`: of
 * one that was cut.
 */
export type FileGroup<F> = {
  directory: string;
  isDeep: boolean;
  part?: { at: number; of: number };
  files: F[];
};

type Directory = { path: string; count: number; own: number; below: Map<string, Directory> };
const directory = (path: string): Directory => ({ path, count: 0, own: 0, below: new Map() });

const partsOf = (path: string): string[] => path.split('/', DEEPEST + 1).slice(0, -1);

const treeOf = (paths: readonly string[]): Directory => {
  const root = directory('');
  for (const path of paths) {
    let at = root;
    at.count += 1;
    for (const part of partsOf(path)) {
      const next = at.below.get(part) ?? directory(`${at.path}${part}/`);
      at.below.set(part, next);
      at = next;
      at.count += 1;
    }
    at.own += 1;
  }
  return root;
};

type Place = Omit<FileGroup<never>, 'files' | 'part'>;
const placesIn = (one: Directory, most: number): Place[] => {
  if (one.count <= most || one.below.size === 0) return [{ directory: one.path, isDeep: true }];
  const own = one.own > 0 ? [{ directory: one.path, isDeep: false }] : [];
  return [...own, ...[...one.below.values()].flatMap((each) => placesIn(each, most))];
};

/** As few files in each as that many groups allow. */
const placesOf = (root: Directory): Place[] => {
  for (let most = LEAST; ; most *= 2) {
    const places = placesIn(root, most);
    if (places.length <= MAX_GROUPS) return places;
  }
};

/** Of files in the order of their paths, each in one group and in that order; none where they are few. */
export const groupsOf = <F>(files: readonly F[], pathOf: (file: F) => string): FileGroup<F>[] => {
  if (files.length <= MOST_LISTED) return [];
  const groups = placesOf(treeOf(files.map(pathOf))).map((place): FileGroup<F> => ({ ...place, files: [] }));
  const known = new Map(groups.map((group) => [group.directory, group]));
  for (const file of files) groupFor(known, pathOf(file)).files.push(file);
  return groups.flatMap(partsOfGroup);
};

const partsOfGroup = <F>(group: FileGroup<F>): FileGroup<F>[] => {
  const of = Math.ceil(group.files.length / MOST_GROUPED);
  if (of <= 1) return [group];
  return Array.from({ length: of }, (_, i) => ({
    ...group,
    part: { at: i + 1, of },
    files: group.files.slice(i * MOST_GROUPED, (i + 1) * MOST_GROUPED),
  }));
};

/** Of the directories that lead to it the deepest that is a group, or the only one that is one with all below it. */
const groupFor = <F>(known: ReadonlyMap<string, FileGroup<F>>, path: string): FileGroup<F> => {
  const above = ['', ...partsOf(path).map((_, at, parts) => `${parts.slice(0, at + 1).join('/')}/`)];
  return above.flatMap((one) => known.get(one) ?? []).at(-1)!;
};
