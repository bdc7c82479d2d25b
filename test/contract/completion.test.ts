/** Real shells with the real script over homes of real files, in which a task is called what a shell would run. */
import { spawnSync } from 'node:child_process';
import { chmod, cp, mkdir, mkdtemp, readdir, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { suiteWasm } from '../../src/adapters/crypto/suite-wasm.ts';
import { openProjection, PROJECTION_FILE } from '../../src/adapters/sqlite/projection.ts';
import { findProgram } from '../../src/adapters/system/child-process.ts';
import { answerTo } from '../../src/cli/completion/answer.ts';
import { completionScript } from '../../src/cli/completion/script.ts';
import type { Shell } from '../../src/core/command-words.ts';
import { shortId } from '../../src/core/encoding/id.ts';
import { encodeLine } from '../../src/core/ledger/line.ts';
import { foldLine } from '../../src/core/projection/fold.ts';
import { ROWS, SCHEMA_VERSION } from '../../src/core/projection/rows.ts';
import { startFederation } from '../sim/federation.ts';
import type { MemoryHome } from '../sim/memory-home.ts';
import { ask, asked } from '../sim/story.ts';
import { BIN, environment } from '../support/cli.ts';
import { hasTerminal, inTerminal } from '../support/terminal.ts';

const PACKAGE = resolve(import.meta.dirname, '../..');
const HOSTILE = '$(touch x1) `touch x2` \'; touch x3; "| touch x4 \\%F{red}\ttouch x5';

let root: string;
let home: string;
let work: string;
let session: string;
let approval: string;

/** Read models that are behind their ledger, as they are beside a process that serves the home. */
const write = async (directory: string, { disk }: MemoryHome): Promise<void> => {
  await mkdir(join(directory, 'ledger'), { recursive: true });
  await mkdir(join(directory, 'blobs'));
  await writeFile(
    join(directory, 'ledger', '000001.ndjson'),
    Buffer.concat(disk.lines.map((line) => encodeLine(line))),
  );
  for (const [name, bytes] of disk.blobs) await writeFile(join(directory, 'blobs', name), bytes);
  const projection = await openProjection({
    file: join(directory, PROJECTION_FILE),
    schema: ROWS,
    schemaVersion: SCHEMA_VERSION,
    sha256: suiteWasm.sha256,
  });
  for (const line of disk.lines.slice(0, -2))
    projection.fold(line.n, () => foldLine(projection.tables, line, suiteWasm.sha256));
  await projection.save();
  projection.close();
};

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'entangle-completion-'));
  home = join(root, 'home');
  work = join(root, 'work');
  const fed = await startFederation({
    people: { alice: {} },
    agents: { builder: { policy: { approval: { 'source.publish': { by: ['alice'], quorum: 1 } } } } },
    edges: ['alice delegates_to builder', 'alice approves builder'],
  });
  session = await ask(fed, 'alice', 'builder', HOSTILE);
  approval = (await asked(fed, 'alice', session)).id;
  // What was heard last is durable then
  await fed.close();
  await write(join(home, 'host', 'default'), fed.host.home);
  await write(join(home, 'runner', 'r1'), fed.runners.r1!.home);
  await write(join(home, 'user', 'alice'), fed.people.alice!.home);
  await mkdir(join(work, 'sub'), { recursive: true });
  for (const name of ['a.yaml', 'b.yml', '$(touch x6).txt', 'plain.txt'])
    await writeFile(join(work, name), '');
  await mkdir(join(root, 'bin'));
  await writeFile(join(root, 'bin', 'entangle'), `#!/bin/sh\nexec ${process.execPath} ${BIN} "$@"\n`);
  await chmod(join(root, 'bin', 'entangle'), 0o755);
  for (const shell of ['bash', 'zsh', 'fish'] as const)
    await writeFile(join(root, `script.${shell}`), completionScript(shell));
  await writeFile(
    join(root, '.zshrc'),
    `PS1='ready> '; autoload -Uz compinit; compinit -u -D; source ${root}/script.zsh\n`,
  );
});
afterAll(() => rm(root, { recursive: true, force: true }));

const shellEnv = () => {
  const env = environment(root);
  return {
    ...env,
    PATH: `${join(root, 'bin')}:${env.PATH}`,
    ENTANGLE_HOME: home,
    ZDOTDIR: root,
    TERM: 'xterm',
  };
};
const has = (shell: Shell): boolean => {
  const isThere = findProgram(shell) !== null;
  if (!isThere) console.log(`passed over: no ${shell} here, so its completion script ran nowhere`);
  return isThere;
};
const ran = (shell: Shell, program: string): string[] => {
  const { stdout, stderr } = spawnSync(shell, ['-c', program], {
    cwd: work,
    env: shellEnv(),
    encoding: 'utf8',
  });
  expect(stderr).toBe('');
  return stdout.split('\n').filter((line) => line !== '');
};
const quoted = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`;
const inBash = (...words: string[]): string[] =>
  ran(
    'bash',
    `source ${root}/script.bash
COMP_WORDS=(entangle ${words.map(quoted).join(' ')}); COMP_CWORD=${words.length}
compopt() { :; }; _entangle; printf '%s\\n' "\${COMPREPLY[@]}"`,
  );
/** Nothing that a title says was done; what was there before is as it was. */
const untouched = async (): Promise<void> => {
  expect((await readdir(work)).sort()).toEqual(['$(touch x6).txt', 'a.yaml', 'b.yml', 'plain.txt', 'sub']);
  for (const [path, names] of [
    ['', ['host', 'runner', 'user']],
    ['host/default', ['blobs', 'ledger', PROJECTION_FILE]],
    ['user/alice', ['blobs', 'ledger', PROJECTION_FILE]],
  ] as const)
    expect((await readdir(join(home, path))).sort()).toEqual(names);
};

describe('what a home has to offer', () => {
  let more: NodeJS.ProcessEnv = {};
  const offered = async (...words: string[]): Promise<string[]> => {
    const env = { HOME: root, ENTANGLE_HOME: home, ...more };
    const answer = await answerTo('zsh', words, { root: PACKAGE, env, directory: work });
    const [path = '', ...lines] = answer.trimEnd().split('\n');
    return [path, ...lines.map((line) => line.split('\t')[0] ?? '').sort()];
  };
  const sorted = (...words: string[]) => words.sort();
  test.each([
    ['approvals that wait', ['user', 'approve', '--user', 'alice', ''], () => [shortId(approval)]],
    ['a whole id, where that is typed', ['user', 'approve', '--user', 'alice', '0'], () => [approval]],
    ['sessions', ['user', 'wait', '--user=alice', ''], () => [shortId(session)]],
    ['both', ['user', 'show', '--user', 'alice', ''], () => sorted(shortId(approval), shortId(session))],
    ['no question where none was asked', ['user', 'reply', '--user', 'alice', ''], () => []],
    ['nodes that are peers', ['user', 'ask', '--user', 'alice', ''], () => ['builder']],
    ['persons of this machine', ['user', 'inbox', '--user', ''], () => ['alice']],
    ['runners of this machine', ['runner', 'status', '--runner', ''], () => ['r1']],
    ['runners of the Host', ['host', 'assignment', 'create', 'x', '--runner', ''], () => ['r1']],
    ['nodes of the active graph', ['graph', 'explain', ''], () => ['alice', 'builder']],
    ['types that cross an edge', ['graph', 'explain', 'alice', 'task.req'], () => ['task.request']],
    ['sessions at the Host', ['host', 'trace', ''], () => [shortId(session)]],
    ['revisions', ['graph', 'rollback', ''], () => ['1']],
    ['settings of a runner', ['runner', 'config', 'set', 'ca'], () => ['capacity']],
    ['what one may be', ['runner', 'config', 'set', 'repository-hooks', ''], () => ['false', 'true']],
    ['each of its values', ['runner', 'config', 'set', 'git-protocol', 'https', 'f'], () => ['file']],
    ['nothing for a number', ['runner', 'config', 'set', 'capacity', ''], () => []],
    ['nothing where no home is', ['user', 'ask', '--home', '/nowhere', ''], () => []],
    ['nothing for a name that is none', ['user', 'ask', '--user', '../..', ''], () => []],
  ])('%s', async (_what, words, expected) => {
    expect(await offered(...words)).toEqual(['words', ...expected()]);
  });

  test('nothing is written, and nothing is offered of read models that are damaged', async () => {
    await untouched();
    const other = join(root, 'other');
    await cp(home, other, { recursive: true });
    await truncate(join(other, 'host', 'default', PROJECTION_FILE), 4096);
    await rm(join(other, 'host', 'default', 'ledger'), { recursive: true });
    expect(await offered('--home', other, 'host', 'trace', '')).toEqual(['words']);
    await rm(join(other, 'host', 'default', PROJECTION_FILE));
    expect(await offered('--home', other, 'host', 'trace', '')).toEqual(['words']);
  });

  test('of a home that saved no read models yet what its lines say is offered', async () => {
    const other = join(root, 'young');
    await cp(home, other, { recursive: true });
    await rm(join(other, 'host', 'default', PROJECTION_FILE));
    expect(await offered('--home', other, 'host', 'trace', '')).toEqual(['words', shortId(session)]);
  });

  test('whose person is named as the command itself would find it', async () => {
    const wait = ['user', 'wait', ''];
    expect(await offered(...wait)).toEqual(['words']);
    more = { ENTANGLE_USER: 'alice' };
    expect(await offered(...wait)).toEqual(['words', shortId(session)]);
    const settings = join(root, 'config', 'entangle');
    await mkdir(settings, { recursive: true });
    await writeFile(join(settings, 'config.yaml'), `user: alice\nhome: ${home}\n`);
    more = { XDG_CONFIG_HOME: join(root, 'config'), ENTANGLE_HOME: undefined };
    expect(await offered(...wait)).toEqual(['words', shortId(session)]);
    await writeFile(join(settings, 'config.yaml'), 'nonsense: 1\n');
    expect(await offered('--home', home, ...wait)).toEqual(['words']);
    more = {};
    expect(await offered('--home', '~/home', 'user', 'wait', '--user', 'alice', '')).toEqual([
      'words',
      shortId(session),
    ]);
  });

  test('is not offered where somebody else could have put it', async () => {
    await chmod(home, 0o777);
    expect(await offered('host', 'trace', '')).toEqual(['words']);
    await chmod(home, 0o700);
    expect(await offered('host', 'trace', '')).toEqual(['words', shortId(session)]);
  });
});

describe.runIf(has('bash'))('in bash', () => {
  test.each([
    ['verbs after a global flag', ['--home', '/nowhere', 'graph', 'vali'], () => ['validate']],
    ['the few words of a flag, after =', ['user', 'init', '--keys', '=', 'f'], () => ['file']],
    ['ids', ['user', 'show', '--user', '=', 'alice', ''], () => [shortId(approval), shortId(session)]],
    ['revisions and graph files', ['graph', 'diff', ''], () => ['1', 'a.yaml', 'b.yml', 'sub']],
    ['any file, where no graph file begins so', ['graph', 'plan', 'pl'], () => ['plain.txt']],
    ['directories', ['--home', 's'], () => ['sub']],
    ['nothing for a text', ['user', 'reject', 'x', '--reason', ''], () => []],
  ])('%s', (_what, words, expected) => {
    expect(inBash(...words).sort()).toEqual([...expected()].sort());
  });

  test.runIf(hasTerminal())('typed: an id is put there, and a file’s name is quoted', async () => {
    const rc = join(root, 'bash.rc');
    await writeFile(rc, `PS1='ready> '; cd ${work}; source ${root}/script.bash\n`);
    const { screen } = await inTerminal(['bash', '--noprofile', '--rcfile', rc, '-i'], shellEnv(), [
      { asked: 'ready> ', answer: 'entangle user approve --user alice \t' },
      { asked: shortId(approval), answer: '\u0015entangle user ask --file \\$\t' },
      { asked: '\\$\\(touch\\ x6\\).txt', answer: '\u0015exit\r' },
    ]);
    expect(screen).toContain(`--user alice ${shortId(approval)}`);
    await untouched();
  });

  test('a title runs nothing', async () => {
    expect(inBash('user', 'show', '--user', 'alice', '').join()).not.toContain('touch');
    await untouched();
  });
});

describe.runIf(has('fish'))('in fish', () => {
  const inFish = (line: string): string[] =>
    ran('fish', `source ${root}/script.fish; complete -C ${quoted(line)}`);

  test('ids with the title beside them, which runs nothing', async () => {
    const found = inFish('entangle user show --user alice ');
    expect(found.map((line) => line.split('\t')[0]).sort()).toEqual(
      [shortId(approval), shortId(session)].sort(),
    );
    expect(found.every((line) => line.includes('$(touch x1)') && line.split('\t').length === 2)).toBe(true);
    await untouched();
  });
  test('verbs, the words after =, graph files first, and nothing for a text', () => {
    expect(inFish('entangle graph vali').map((line) => line.split('\t')[0])).toEqual(['validate']);
    expect(inFish('entangle user init --keys=f')).toEqual(['--keys=file']);
    expect(inFish('entangle graph plan ').slice(0, 2).sort()).toEqual(['a.yaml', 'b.yml']);
    expect(inFish('entangle user reject x --reason ')).toEqual([]);
  });
});

describe.runIf(has('zsh') && hasTerminal())('in zsh', () => {
  test('ids with the title beside them, which runs nothing', async () => {
    const { screen } = await inTerminal(['zsh', '-d', '-i'], shellEnv(), [
      { asked: 'ready> ', answer: `cd ${work}\r` },
      { asked: 'ready> ', answer: 'entangle user show --user alice \t' },
      { asked: shortId(approval), answer: '' },
      { asked: 'touch x4', answer: '\u0015exit\r' },
    ]);
    expect(screen).toContain(`${shortId(approval)} -- approval: $(touch x1)`);
    await untouched();
  });
});
