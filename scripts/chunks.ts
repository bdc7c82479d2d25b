/** Which chunks of a build become one file: each file that a command opens costs as much as some kilobytes of code. */
import { posix, relative, sep } from 'node:path';
import type { BuildResult, Plugin } from 'esbuild';
import { root } from './stamp.js';

/** A file of a build: how large it is, and which of the others it imports before it runs. `isCalled`: an entry that a running command comes to. */
export type BuiltFile = { bytes: number; imports: readonly string[]; isEntry: boolean; isCalled?: boolean };

/** What it costs to open one more file, in bytes of code that would be loaded meanwhile. */
const FILE_BYTES = 8_192;
/** A start that loads more than such a part in vain is not made to do so, however little it saves how many others. */
const MOST_LOST = 1 / 16;

export type Group = { names: string[]; bytes: number; users: Set<string>; imports: Set<Group> };
/** All that an entry loads, in bytes. */
type Loads = ReadonlyMap<string, number>;
/** What two groups are worth as one; not above zero, they stay two. What is not above `best` need not be counted to its end. */
type Worth = (one: Group, other: Group, best: number) => number;

const leadsTo = (from: Group, to: Group, seen = new Set<Group>()): boolean =>
  [...from.imports].some((next) => next === to || (!seen.has(next) && leadsTo(next, to, seen.add(next))));

/** By way of a third one: as one file, the two would be before it and after it. */
const isAround = (one: Group, other: Group): boolean =>
  [...one.imports].some((next) => next !== other && leadsTo(next, other)) ||
  [...other.imports].some((next) => next !== one && leadsTo(next, one));

/** A group and all that is loaded with it. */
const neededBy = (group: Group, found = new Set<Group>()): Set<Group> => {
  if (found.has(group)) return found;
  found.add(group);
  for (const next of group.imports) neededBy(next, found);
  return found;
};

type Known = { saved: number; needed: Set<Group> };

/** What is saved of each start that loads one of the two, as a part of what that loads: little is more to a small command. */
const gainOf = (loads: Loads): { worth: Worth; forget(): void } => {
  const known = new Map<Group, Known>();
  const saved = (users: Iterable<string>): number => {
    let sum = 0;
    for (const user of users) sum += FILE_BYTES / loads.get(user)!;
    return sum;
  };
  const of = (group: Group): Known => {
    const found = known.get(group) ?? { saved: saved(group.users), needed: neededBy(group) };
    known.set(group, found);
    return found;
  };
  const worth: Worth = (one, other, best) => {
    if (Math.min(of(one).saved, of(other).saved) <= best) return 0;
    let gain = saved([...one.users].filter((user) => other.users.has(user)));
    for (const [{ users }, more] of [
      [one, other],
      [other, one],
    ] as const)
      for (const user of users) {
        if (more.users.has(user)) continue;
        if (gain <= best) return 0;
        let part = 0;
        for (const group of of(more).needed)
          if (!group.users.has(user)) part += group.bytes / loads.get(user)!;
        if (part > MOST_LOST) return 0;
        gain -= part;
      }
    return gain;
  };
  return { worth, forget: () => known.clear() };
};

const merged = (one: Group, other: Group): Group => ({
  names: [...one.names, ...other.names],
  bytes: one.bytes + other.bytes,
  users: new Set([...one.users, ...other.users]),
  imports: new Set([...one.imports, ...other.imports].filter((next) => next !== one && next !== other)),
});

/** The two that are worth most as one. */
const bestPair = (groups: readonly Group[], worth: Worth): [Group, Group] | null => {
  let [best, pair]: [number, [Group, Group] | null] = [0, null];
  for (const [n, one] of groups.entries())
    for (const other of groups.slice(n + 1)) {
      const gain = worth(one, other, best);
      if (gain > best && !isAround(one, other)) [best, pair] = [gain, [one, other]];
    }
  return pair;
};

/** Every file after those that it imports. */
const inOrder = (files: ReadonlyMap<string, BuiltFile>): string[] => {
  const order = new Set<string>();
  const visit = (name: string): void => {
    if (order.has(name)) return;
    files.get(name)!.imports.forEach(visit);
    order.add(name);
  };
  [...files.keys()].sort().forEach(visit);
  return [...order];
};

/** Chunks that become one file, each list in the order in which they run; the groups import each other in one direction. */
export const groupsOf = (files: ReadonlyMap<string, BuiltFile>, given?: Worth): string[][] => {
  const order = inOrder(files);
  const groups = new Map<string, Group>();
  for (const name of order) {
    const { bytes, isEntry, imports } = files.get(name)!;
    const own = new Set(imports.map((next) => groups.get(next)!));
    if (!isEntry) groups.set(name, { names: [name], bytes, users: new Set(), imports: own });
  }
  const loads = new Map<string, number>();
  const load = (entry: string, name: string): void => {
    for (const next of files.get(name)!.imports) {
      const { users, bytes } = groups.get(next)!;
      if (users.has(entry)) continue;
      users.add(entry);
      loads.set(entry, (loads.get(entry) ?? 0) + bytes);
      load(entry, next);
    }
  };
  for (const [name, { isEntry }] of files) if (isEntry) load(name, name);
  // What is called comes on top of a command: as if it were a start of its own, it would count for as much as many of those
  const called = [...files.keys()].filter((name) => files.get(name)!.isCalled);
  const started = [...loads].filter(([name]) => !files.get(name)!.isCalled).map(([, bytes]) => bytes);
  const before = started.reduce((sum, bytes) => sum + bytes, 0) / Math.max(1, started.length);
  for (const name of called) if (loads.has(name)) loads.set(name, loads.get(name)! + before);
  const { worth: gained, forget } = gainOf(loads);
  const worth = given ?? gained;
  let all = [...groups.values()];
  for (let pair = bestPair(all, worth); pair !== null; pair = bestPair(all, worth)) {
    const [one, other] = pair;
    const both = merged(one, other);
    all = all.filter((group) => group !== one && group !== other);
    for (const { imports } of all)
      if ([imports.delete(one), imports.delete(other)].includes(true)) imports.add(both);
    all.push(both);
    forget();
    for (const needed of neededBy(both)) for (const user of both.users) needed.users.add(user);
  }
  return all.map(({ names }) => order.filter((name) => names.includes(name)));
};

const NAMESPACE = 'built';
const HEAD = /^group:(\d+)$/;

/** Which source begins. */
export const FIRST = 'src/cli/kit/main.ts';

/** What a split build gave, by name. */
export const splitFiles = ({ metafile, outputFiles }: BuildResult<{ write: false; metafile: true }>) => {
  const { outputs } = metafile;
  // What the first file calls is how a command line begins
  const isCalled = new Set(
    Object.values(outputs)
      .filter(({ entryPoint }) => entryPoint !== FIRST)
      .flatMap(({ imports }) =>
        imports.filter(({ kind }) => kind === 'dynamic-import').map(({ path }) => path),
      ),
  );
  const files = new Map<string, BuiltFile>();
  for (const [name, { bytes, entryPoint, imports }] of Object.entries(outputs)) {
    const own = imports.filter(({ path, kind }) => kind === 'import-statement' && outputs[path]);
    files.set(name, {
      ...{ bytes, isEntry: entryPoint !== undefined, isCalled: isCalled.has(name) },
      imports: own.map(({ path }) => path),
    });
  }
  const texts = new Map(
    outputFiles.map(({ path, text }) => [relative(root, path).split(sep).join('/'), text]),
  );
  const entryPoints = [...files]
    .filter(([name, { isEntry }]) => isEntry && !isCalled.has(name))
    .map(([name]) => name);
  return { files, texts, entryPoints };
};

/** Bundles a split build once more, with each group as one chunk: whoever imports one of a group imports all of it. */
export const inGroups = (
  files: ReadonlyMap<string, BuiltFile>,
  texts: ReadonlyMap<string, string>,
): Plugin => {
  const groups = groupsOf(files);
  const groupOf = new Map(groups.flatMap((names, n) => names.map((name) => [name, n] as const)));
  const heads = (name: string): string => {
    const wanted = new Set(files.get(name)!.imports.map((next) => groupOf.get(next)));
    wanted.delete(groupOf.get(name));
    return [...wanted].map((n) => `import "group:${n}";`).join('');
  };
  return {
    name: 'in-groups',
    setup(build) {
      build.onResolve({ filter: HEAD }, ({ path }) => ({ path, namespace: NAMESPACE }));
      build.onResolve({ filter: /.*/ }, ({ path, importer, kind, namespace }) => {
        if (kind === 'entry-point') return { path, namespace: NAMESPACE };
        if (namespace !== NAMESPACE || !/^(?:\.|\/)/.test(path)) return undefined;
        return {
          path: posix.join(HEAD.test(importer) ? '' : posix.dirname(importer), path),
          namespace: NAMESPACE,
        };
      });
      build.onLoad({ filter: /.*/, namespace: NAMESPACE }, ({ path }) => {
        const head = HEAD.exec(path);
        if (head) return { contents: groups[Number(head[1])]!.map((name) => `import "./${name}";`).join('') };
        return { contents: `${heads(path)}${texts.get(path)}`, loader: 'js' };
      });
    },
  };
};
