/** docs/architecture.md: who may import whom, what core may not touch, how long a file may be. */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { describe, expect, test } from 'vitest';

const root = resolve(import.meta.dirname, '..');
const slashed = (path: string): string => path.split(sep).join('/');
const sources = globSync('src/**/*.{ts,tsx}', { cwd: root })
  .map(slashed)
  .filter((path) => !/\.test\.tsx?$/.test(path))
  .sort();
const textOf = (path: string): string => readFileSync(join(root, path), 'utf8');
/** Comments may name what code may not use. Not a parser: a `//` inside a text goes too, which hides nothing here. */
const codeOf = (path: string): string =>
  textOf(path)
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/(^|\s)\/\/.*$/gm, '');

type Import = { name: string; isType: boolean; isDynamic: boolean };
function importsOf(path: string): Import[] {
  const code = codeOf(path);
  const found: Import[] = [];
  for (const match of code.matchAll(
    /(?:^|\n)\s*(?:import|export)\s+(type\s)?(?:[^'";]*?\sfrom\s+)?['"]([^'"]+)['"]/g,
  )) {
    found.push({ name: match[2] ?? '', isType: match[1] !== undefined, isDynamic: false });
  }
  // A line that is a text is not code: the demo's program has a `require` in one.
  const calls = code.replace(/^\s*["'].*$/gm, '');
  for (const match of calls.matchAll(/\b(?:import|require)\(\s*['"]([^'"]+)['"]/g)) {
    found.push({ name: match[1] ?? '', isType: false, isDynamic: true });
  }
  return found;
}

/** A layer, or a room of one: what may be imported besides the room itself. A layer's name stands for all its rooms. */
const ROOMS: Readonly<Record<string, readonly string[]>> = {
  core: ['core'],
  ports: ['core'],
  'adapters/backup': ['core', 'ports', 'adapters/system', 'adapters/keys'],
  'adapters/crypto': ['core', 'ports'],
  'adapters/engines': ['core', 'ports', 'adapters/system'],
  'adapters/git': ['core', 'ports', 'adapters/system'],
  'adapters/host-api': ['core', 'ports', 'adapters/system'],
  'adapters/identity': ['core', 'ports'],
  'adapters/keys': ['core', 'ports', 'adapters/system'],
  'adapters/ledger': ['core', 'ports', 'adapters/system'],
  'adapters/relay-client': ['core', 'ports'],
  'adapters/relay-server': ['core', 'ports', 'adapters/system'],
  'adapters/sqlite': ['core', 'ports', 'adapters/system'],
  'adapters/system': ['core', 'ports'],
  'services/messaging': ['core', 'ports'],
  'services/graph': ['core', 'ports'],
  'services/setup': ['core', 'ports', 'services/messaging'],
  'services/host': ['core', 'ports', 'services/messaging', 'services/graph'],
  'services/runner': ['core', 'ports', 'services/messaging'],
  'services/user': ['core', 'ports', 'services/messaging'],
  tui: ['core', 'ports', 'services'],
  'cli/kit': ['core', 'ports', 'adapters/system'],
  'cli/wiring': ['core', 'ports', 'adapters', 'services', 'cli/kit'],
  'cli/*': ['core', 'ports', 'adapters', 'services', 'tui', 'cli/kit', 'cli/wiring'],
  local: [
    'core',
    'ports',
    'adapters',
    'services',
    'cli/kit',
    'cli/wiring',
    'cli/graph',
    'cli/host',
    'cli/user',
  ],
  // What a bundle tells is what the doctor finds.
  'commands/support': ['core', 'cli/kit', 'cli/doctor'],
  'commands/*': ['core', 'services', 'cli/kit', 'cli/wiring', 'cli/*'],
  // At the root: what a person does without naming a topic
  commands: [
    'core',
    'services',
    'cli/kit',
    'cli/completion',
    'cli/doctor',
    'cli/evidence',
    'cli/user',
    'local',
  ],
};
/** `adapters/git` of `src/adapters/git/run.ts`, `core` of anything in core. */
const roomOf = (path: string): string => {
  const [, layer = '', ...rest] = path.split('/');
  const room = rest.length > 1 ? `${layer}/${rest[0]}` : layer;
  const known = [room, `${layer}/*`, layer].find(
    (one) => one in ROOMS && (one !== `${layer}/*` || rest.length > 1),
  );
  if (known === undefined) throw new Error(`${path} is in no room`);
  return known === `${layer}/*` ? room : known;
};
const mayImport = (from: string, to: string): boolean => {
  const [layer = '', topic = ''] = from.split('/');
  const allowed = ROOMS[from] ?? ROOMS[`${layer}/*`] ?? [];
  // A topic's commands import the flags and texts of their own topic.
  return (
    from === to ||
    allowed.some(
      (one) => one === to || one === to.split('/')[0] || (one === 'cli/*' && to === `cli/${topic}`),
    )
  );
};
const pureLibraries =
  /^(?:@noble\/(?:curves|hashes|ciphers)\/[\w./-]+|@scure\/bip39(?:\/[\w./-]+)?|zod|canonicalize|js-yaml|diff|nostr-tools\/nip19)$/;

const targetOf = (path: string, name: string): string =>
  slashed(relative(root, resolve(root, dirname(path), name)));

function violationsOf(path: string): string[] {
  const from = roomOf(path);
  const wrong: string[] = [];
  for (const { name, isType, isDynamic } of importsOf(path)) {
    if (!name.startsWith('.')) {
      if (from === 'core' && !pureLibraries.test(name)) wrong.push(`${path}: ${name} is no pure library`);
      continue;
    }
    const target = targetOf(path, name);
    if (!existsSync(join(root, target))) wrong.push(`${path}: ${name} is not there, or has no extension`);
    else if (!target.startsWith('src/')) wrong.push(`${path}: ${name} is outside src`);
    else {
      const to = roomOf(target);
      const isCommand = from.startsWith('commands');
      const isLazyTui = isCommand && to === 'tui' && isDynamic;
      const isPortType = isCommand && to === 'ports' && isType;
      if (!mayImport(from, to) && !isLazyTui && !isPortType) wrong.push(`${path}: ${from} imports ${to}`);
    }
  }
  return wrong;
}

describe('imports', () => {
  test('there are sources to look at', () => {
    expect(sources.filter((path) => path.startsWith('src/core/')).length).toBeGreaterThan(5);
    expect(importsOf('src/cli/kit/base-command.ts').map((one) => one.name)).toContain('../../core/errors.ts');
    expect(
      importsOf('src/cli/kit/run-line.ts')
        .filter((one) => one.isDynamic)
        .map((one) => one.name),
    ).toContain('./help.ts');
  });

  test('every file stays in its layer and room', () => {
    expect(sources.flatMap(violationsOf)).toEqual([]);
  });

  test('only the composition roots, src/cli and src/local, know which adapters there are', () => {
    const outside = sources.filter(
      (path) =>
        !/^src\/(?:cli|local|adapters)\//.test(path) &&
        importsOf(path).some((one) => targetOf(path, one.name).startsWith('src/adapters/')),
    );
    expect(outside).toEqual([]);
  });

  test('other processes are started through one door; types may be named', () => {
    const door = 'src/adapters/system/child-process.ts';
    const users = sources.filter((path) =>
      importsOf(path).some((one) => /^(?:node:)?child_process$/.test(one.name) && !one.isType),
    );
    expect(users).toEqual([door]);
    const git = sources.filter((path) => importsOf(path).some((one) => one.name === 'simple-git'));
    expect(git).toEqual(['src/adapters/git/run.ts']);
  });

  test('the entry loads no package before it knows the command: `--version` needs none', () => {
    const loaded = new Set(['src/cli/kit/main.ts', 'src/cli/kit/run-line.ts']);
    const packages: string[] = [];
    for (const path of loaded) {
      for (const { name } of importsOf(path).filter((one) => !one.isType && !one.isDynamic)) {
        if (name.startsWith('.')) loaded.add(targetOf(path, name));
        else if (!name.startsWith('node:')) packages.push(`${path}: ${name}`);
      }
    }
    expect(loaded).toContain('src/cli/kit/report.ts');
    expect(packages).toEqual([]);
  });

  test('Ink and React load only with the TUI', () => {
    const outside = sources.filter(
      (path) =>
        !path.startsWith('src/tui/') &&
        importsOf(path).some((one) => /^(?:ink|react)(?:\/|$)/.test(one.name)),
    );
    expect(outside).toEqual([]);
  });
});

describe('exported names', () => {
  const NAME = /^export (?:async )?(?:const|function|class|type|interface) (\w+)/gm;
  test('stand for one thing each', () => {
    const places = sources
      .filter((path) => !path.startsWith('src/commands/'))
      .flatMap((path) => [...codeOf(path).matchAll(NAME)].map(([, name]) => ({ name: name!, path })));
    expect(places.length).toBeGreaterThan(1000);
    const twice = [...Map.groupBy(places, ({ name }) => name)].filter(([, of]) => of.length > 1);
    // Of a message and of a column, a text is a text
    expect(twice.map(([name]) => name)).toEqual(['text']);
  });
});

const impure = [
  /\bDate\.now\b/,
  /\bnew Date\(\s*\)/,
  /\bMath\.random\b/,
  /\brandomUUID\b/,
  /\bgetRandomValues\b/,
  /\bprocess\./,
  /\bperformance\.now\b/,
  /\bsetTimeout\b/,
  /\bsetInterval\b/,
  /\bfetch\(/,
  /\bconsole\./,
];

describe('purity', () => {
  const pure = sources.filter((path) => /^src\/(?:core|services)\//.test(path));
  test('time, chance and the outside come as arguments', () => {
    const found = pure.flatMap((path) =>
      codeOf(path)
        .split('\n')
        // A method of that name on a port is not the global.
        .filter((line) => impure.some((pattern) => pattern.test(line.replace(/\.fetch\(/g, '('))))
        .map((line) => `${path}: ${line.trim()}`),
    );
    expect(found).toEqual([]);
  });
  test('core and services never import node: modules', () => {
    const wrong = pure.filter((path) => importsOf(path).some((one) => one.name.startsWith('node:')));
    expect(wrong).toEqual([]);
  });
});

const linesOf = (path: string): number => textOf(path).trimEnd().split('\n').length;

describe('size', () => {
  test('no file is over 400 lines and 90 % are under 250', () => {
    const sizes = sources.map((path) => ({ path, lines: linesOf(path) }));
    expect(sizes.filter((one) => one.lines > 400)).toEqual([]);
    expect(sizes.filter((one) => one.lines < 250).length / sizes.length).toBeGreaterThanOrEqual(0.9);
  });
  test('no command is over 40 lines', () => {
    const long = sources.filter((path) => path.startsWith('src/commands/') && linesOf(path) > 40);
    expect(long.map((path) => `${path}: ${linesOf(path)}`)).toEqual([]);
  });
  test('no file carries a note about work that is left', () => {
    const marked = sources.filter((path) => /\b(?:TODO|FIXME|XXX|HACK)\b/.test(textOf(path)));
    expect(marked).toEqual([]);
  });
});
