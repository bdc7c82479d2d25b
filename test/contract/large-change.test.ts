/**
 * A change of many files and megabytes of binaries, with real git: described by the process that made it, and read by
 * another, each in bounded memory. With SLOW=1 ten thousand files and 50 MiB.
 */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createGit } from '../../src/adapters/git/git.ts';
import { times } from '../support/counts.ts';
import { type Fixture, gitFixture, writeFiles } from '../support/git-fixtures.ts';

const FILES = times(400, 10_000);
const BINARIES = times(3, 50);
const MOST_KIB = 384 * 1024;

let fixture: Fixture;
beforeEach(() => {
  fixture = gitFixture();
});
afterEach(() => fixture.remove());

const path = (i: number) => `src/d${i % 37}/e${i % 5}/f${i}.ts`;
const text = (i: number, line: string) =>
  Array.from({ length: 40 }, (_, n) => (n === 20 ? line : `export const value${n} = ${i} * ${n};`)).join(
    '\n',
  );

/** What a program of another process prints as JSON, and by how much it grew. */
const apart = (program: string): { said: Record<string, unknown>; grownKiB: number } => {
  const source = `
    const before = process.resourceUsage().maxRSS;
    const load = (path) => import(${JSON.stringify(join(import.meta.dirname, '../..'))} + '/' + path);
    const { suiteWasm: { sha256 } } = await load('src/adapters/crypto/suite-wasm.ts');
    const say = (said) =>
      console.log(JSON.stringify({ said, grownKiB: process.resourceUsage().maxRSS - before }));
    ${program}`;
  const args = ['--input-type=module', '--eval', source];
  return JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8', maxBuffer: 2 ** 26 }));
};

test('T142 a change of many files and large binaries is made, described and read whole, in bounded memory', async () => {
  const { repository } = fixture;
  const git = createGit();
  const numbers = Array.from({ length: FILES }, (_, i) => i);
  fixture.publish(Object.fromEntries(numbers.map((i) => [path(i), text(i, 'old')])));
  await git.fetch(repository, ['main']);
  const base = (await git.resolve(repository, 'main'))!;
  const tree = fixture.directory('tree');
  await git.checkout(repository, base, tree);
  for (const i of numbers) writeFileSync(join(tree, path(i)), text(i, `new ${i}`));
  const binaries = Array.from({ length: BINARIES }, (_, i) => [
    `assets/b${i}`,
    Buffer.alloc(1024 * 1024, i + 128),
  ]);
  writeFiles(tree, Object.fromEntries(binaries));
  const made = await git.commit(repository, tree, { parent: base, message: 'large', at: 1_800_000_000 });
  expect(made.problem).toBeNull();

  const file = join(fixture.root, 'document');
  const described = apart(`
    const { createGit } = await load('src/adapters/git/git.ts');
    const { describedChange } = await load('src/core/source/described-change.ts');
    const changes = createGit().changes(${JSON.stringify(repository)}, '${base}', '${made.commit}');
    const { document, files, bytes } = await describedChange('${base}', changes, sha256);
    (await import('node:fs')).writeFileSync(${JSON.stringify(file)}, document);
    say({ files, bytes });`);
  expect(described.said).toMatchObject({ files: FILES + BINARIES });
  expect(described.grownKiB).toBeLessThan(MOST_KIB);

  const read = apart(`
    const { readDocument } = await load('src/core/source/change-document.ts');
    const { groupedOf } = await load('test/support/large-change.ts');
    const { files } = readDocument([new Uint8Array((await import('node:fs')).readFileSync(${JSON.stringify(file)}))]);
    const { groups, diff } = groupedOf(files);
    const shown = (diff.match(/^\\+new [0-9]+$/gm) ?? []).length;
    const sum = (of) => groups.reduce((all, group) => all + group[of], 0);
    say({ shown, groups: groups.length, files: sum('files'), binary: sum('binary'), tooLong: sum('tooLong') });`);
  expect(read.said).toEqual({
    ...{ shown: FILES, files: FILES + BINARIES, binary: BINARIES, tooLong: 0 },
    groups: expect.any(Number),
  });
  expect(read.said.groups).toBeLessThanOrEqual(200);
  expect(read.grownKiB).toBeLessThan(MOST_KIB);

  expect(await git.push(repository, { commit: made.commit!, branch: 'out', expected: null })).toBe('pushed');
  expect(await git.remoteHead(repository, 'out')).toBe(made.commit);
});
