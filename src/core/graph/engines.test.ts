import { describe, expect, test } from 'vitest';
import { ACME } from '../../../test/graphs/acme.ts';
import { TYPES } from '../../../test/graphs/types.ts';
import { CALL_OPERATIONS, ENGINE_TYPES, type EngineType, OPERATIONS } from '../vocabulary.ts';
import { ENGINES, unenforced } from './engines.ts';
import { parseGraph } from './file/parse.ts';
import { mismatch } from './fit.ts';
import { timeoutsOf } from './timeouts.ts';

const PUBLISH = 'source.publish: { by: [alice, bob], quorum: 2 }';
const EXEC = 'type: exec, auth: secret:model, command: ["true"]';
/** Each engine as a graph file writes it. */
const WRITTEN: Record<EngineType, string> = {
  exec: EXEC,
  acp: 'type: acp, auth: secret:model, command: ["true"]',
};
const withPolicy = (engine: EngineType, operation: string): string =>
  ACME.replace(EXEC, WRITTEN[engine]).replace(
    `approval: { ${PUBLISH} }`,
    `approval:\n        ${PUBLISH.replace('source.publish', operation)}`,
  );
const table = OPERATIONS.flatMap((operation) => ENGINE_TYPES.map((engine) => [operation, engine] as const));

describe('an operation under approval', () => {
  test.each(table)(
    '%s with the engine %s: waits for its approval, or the graph is refused',
    (operation, engine) => {
      const { graph, problems } = parseGraph(withPolicy(engine, operation), { types: TYPES });
      const isHeldBack = (ENGINES[engine].holdsBack as readonly string[]).includes(operation);
      const refused = {
        code: 'not_enforced',
        severity: 'error',
        path: `nodes.builder.policy.approval.${operation}`,
        line: 13,
        message: `${operation} would not wait for this approval: exec cannot ask for it, acp can`,
      };
      const asked = { code: 'asked_by_agent', severity: 'warning', path: refused.path };
      const expected = !isHeldBack ? [refused] : operation === 'command.run' ? [asked] : [];
      expect(problems).toMatchObject(expected);
      expect(problems).toHaveLength(expected.length);
      expect(graph === null).toBe(!isHeldBack);
    },
  );

  test('is a publication with every engine, which the runner itself holds back; a command where an agent asks', () => {
    for (const engine of ENGINE_TYPES) expect(ENGINES[engine].holdsBack).toContain('source.publish');
    const held = CALL_OPERATIONS.map((operation) => [
      operation,
      ENGINE_TYPES.filter((engine) => unenforced(engine, operation) === null),
    ]);
    expect(held).toEqual([
      ['command.run', ['exec', 'acp']],
      ['file.write', ['acp']],
    ]);
  });

  test('that is no command binds no part of one', () => {
    const bound = (operation: string) => {
      const text = withPolicy('acp', operation).replace('quorum: 2 }', 'quorum: 2, binding: described }');
      return parseGraph(text, { types: TYPES }).problems.map(({ code, path }) => [code, path]);
    };
    const asking = 'nodes.builder.policy.approval.command.run';
    expect(bound('command.run')).toEqual([['asked_by_agent', asking]]);
    const path = 'nodes.builder.policy.approval.source.publish.binding';
    expect(bound('source.publish')).toEqual([['binding_not_of_operation', path]]);
    expect(bound('file.write')).toEqual([
      ['binding_not_of_operation', path.replace('source.publish', 'file.write')],
    ]);
  });

  test('by people whom an agent has to ask, and enforced, says where it runs', () => {
    const text = withPolicy('acp', 'command.run').replace('policy:', 'policy:\n      require: enforced');
    expect(parseGraph(text, { types: TYPES }).problems).toMatchObject([
      {
        code: 'asked_by_agent',
        message: expect.stringContaining('its node runs only where `entangle runner probe`'),
      },
    ]);
  });

  test('of commands of a program waits for those that it gives its runner, so nothing enforces it', () => {
    const text = withPolicy('exec', 'command.run');
    const path = 'nodes.builder.policy.approval.command.run';
    const message = expect.stringContaining('with the directive `run`');
    expect(parseGraph(text, { types: TYPES }).problems).toMatchObject([
      { code: 'asked_by_agent', severity: 'warning', path, message },
    ]);
    const enforced = text.replace('policy:', 'policy:\n      require: enforced');
    expect(parseGraph(enforced, { types: TYPES }).problems).toMatchObject([
      { code: 'not_enforced', severity: 'error', path, message },
    ]);
  });

  test('of files holds without the agent: a turn with other bytes than were approved leaves nothing', () => {
    const text = withPolicy('acp', 'file.write').replace('policy:', 'policy:\n      require: enforced');
    expect(parseGraph(text, { types: TYPES }).problems).toEqual([]);
  });

  test.each([
    ['', 'in its sandbox'],
    ['\n      sandbox: none', 'in no sandbox'],
  ])('that its agent has to ask for is warned of, with what holds the rest:%s', (sandbox, words) => {
    const text = withPolicy('acp', 'command.run').replace('policy:', `policy:${sandbox}`);
    const message = expect.stringContaining(words);
    expect(parseGraph(text, { types: TYPES }).problems).toMatchObject([{ code: 'asked_by_agent', message }]);
  });

  test.each([
    ['file.write', '', '', 'no write would be bound to its content'],
    ['command.run', ', binding: exact', '', 'none would be bound exactly'],
    ['command.run', '', '\n      require: enforced', 'nothing would show that it asks'],
    ['command.run', '', '', null],
    ['source.publish', '', '\n      require: enforced', null],
  ])('over version 2 of its protocol: %s%s%s', (operation, binding, require, words) => {
    const text = withPolicy('acp', operation)
      .replace('quorum: 2 }', `quorum: 2${binding} }`)
      .replace('policy:', `policy:${require}`);
    const draft = text.replace(WRITTEN.acp, `${WRITTEN.acp}, protocol: 2`);
    const errors = (one: string) =>
      parseGraph(one, { types: TYPES }).problems.filter(({ severity }) => severity === 'error');
    expect(errors(text)).toEqual([]);
    expect(errors(draft)).toMatchObject(
      words === null ? [] : [{ code: 'not_enforced', message: expect.stringContaining(words) }],
    );
  });

  test('that only other engines hold back is refused by their names', () => {
    const [other, ...rest] = ENGINE_TYPES;
    expect(rest.length).toBeGreaterThan(0);
    expect(unenforced(other!, 'source.publish')).toBeNull();
    expect(unenforced(other!, 'no.such')).toContain('no engine can ask for it yet');
  });
});

describe('an agent', () => {
  const problemsOf = (engine: string) => {
    const { problems } = parseGraph(ACME.replace(EXEC, engine), { types: TYPES });
    const errors = problems.filter(({ severity }) => severity === 'error');
    return errors.map(({ path, message }) => `${path} ${message}`);
  };
  const keyedAt = (endpoint: string) =>
    `type: acp, auth: secret:model, profile: kimi, model: m, endpoint: "${endpoint}"`;
  const known = 'type: acp, auth: none, profile: kimi';
  test.each([
    [`${known}, model: m, endpoint: "http://127.0.0.1:1/v1"`, []],
    [`${known}, model: m, endpoint: "https://[::1]:8080/v1/"`, []],
    [`${known}, model: m, endpoint: "https://models.example.org"`, []],
    [`${known}, model: m, endpoint: "http://c/${'c'.repeat(247)}"`, []],
    [`${known}, model: m, endpoint: "http://127.0.0.1:1/v1", command: ["/opt/kimi", acp]`, []],
    [known, ['model `model` is missing', 'endpoint `endpoint` is missing']],
    ['type: acp, auth: none', ['command `command` is missing']],
    ['type: acp, auth: none, command: [a], model: m', ['model `m` is only for an agent with a profile']],
  ])('is known, or a command: %s', (engine, expected) => {
    expect(problemsOf(engine)).toEqual(expected.map((words) => `nodes.builder.engine.${words}`));
  });
  test('is sent a key over what is encrypted, or stays on this machine', () => {
    const fine = [
      'https://api.example.org/v1',
      'http://localhost',
      'http://127.0.0.1:8080/v1',
      'http://[::1]:1/v1',
    ];
    const open = [
      'http://api.example.org/v1',
      'http://localhost.example.org',
      'http://127.0.0.1.example.org',
    ];
    for (const endpoint of fine) expect(problemsOf(keyedAt(endpoint)), endpoint).toEqual([]);
    for (const endpoint of open) {
      expect(problemsOf(keyedAt(endpoint)), endpoint).toEqual([
        'nodes.builder.engine.endpoint must begin with https:// where a secret is sent there, unless it is on this machine',
      ]);
      expect(problemsOf(keyedAt(endpoint).replace('secret:model', 'none')), endpoint).toEqual([]);
    }
  });
  test.each([
    ['a profile that is not there', 'type: acp, auth: none, profile: gpt', 'engine.profile'],
    ['an endpoint that is none', `${known}, model: m, endpoint: "file:///x"`, 'engine.endpoint'],
    ['a user name', `${known}, model: m, endpoint: "https://a:b@c/v1"`, 'engine.endpoint'],
    ['no host', `${known}, model: m, endpoint: "https:///v1"`, 'engine.endpoint'],
    ['a port alone', `${known}, model: m, endpoint: "http://:8080/v1"`, 'engine.endpoint'],
    ['a query', `${known}, model: m, endpoint: "https://c/v1?key=a:b"`, 'engine.endpoint'],
    ['a fragment', `${known}, model: m, endpoint: "https://c/v1#a:b"`, 'engine.endpoint'],
    [
      'an endpoint too long',
      `${known}, model: m, endpoint: "http://c/${'c'.repeat(248)}"`,
      'engine.endpoint',
    ],
  ])('with %s is refused', (_, engine, path) => {
    const problems = problemsOf(engine).join();
    expect(problems).toContain(path);
    // May be a secret
    expect(problems).not.toContain('a:b');
    expect(problems).not.toContain('secret:model');
  });
});

describe('how long an agent is waited for', () => {
  const written = (said: string) =>
    parseGraph(ACME.replace(EXEC, `type: acp, auth: none, command: [a], timeouts: { ${said} }`), {
      types: TYPES,
    });
  test.each([
    ['start: 999ms', 'timeouts.start `999ms` must be whole seconds'],
    ['start: 0s', 'timeouts.start `0s` must be at least 1s'],
    ['start: 3601s', 'timeouts.start `3601s` must be at most 1h'],
    ['silence: 0s', 'timeouts.silence `0s` must be at least 1s'],
    ['silence: 86401s', 'timeouts.silence `86401s` must be at most 1d'],
    ['cancel: 0s', 'timeouts.cancel `0s` must be at least 1s'],
    ['cancel: 11s', 'timeouts.cancel `11s` must be at most 10s'],
    ['cancel: never', 'timeouts.cancel `never` must be'],
    ['hang: 1m', 'timeouts.hang no key `hang` here'],
  ])('is bounded: %s', (said, words) => {
    const { graph, problems } = written(said);
    expect(problems.map(({ path, message }) => `${path} ${message}`).join()).toContain(words);
    expect(graph).toBeNull();
  });
  test('is the same however it is spelled, and what is usual where nothing is said', () => {
    const engineOf = (said: string) => {
      const node = written(said).graph?.nodes.get('builder');
      if (node?.kind !== 'agent') throw new Error('builder is an agent');
      return node.engine;
    };
    const usual = { start: 120_000, silence: 1_800_000, cancel: 2_000 };
    expect(engineOf('start: 60s, silence: 120m')).toMatchObject({ timeouts: { start: '1m', silence: '2h' } });
    expect(engineOf('')).not.toHaveProperty('timeouts');
    expect(timeoutsOf(engineOf(''))).toEqual(usual);
    expect(timeoutsOf(engineOf('silence: 1d, cancel: 10s'))).toEqual({
      ...usual,
      ...{ silence: 86_400_000, cancel: 10_000 },
    });
  });
});

test('the row of an engine is named as its type', () => {
  for (const [name, { schema }] of Object.entries(ENGINES)) expect(schema.shape.type.value).toBe(name);
});

test('a runner fits an engine that its hello names, and no other', () => {
  const { graph } = parseGraph(ACME, { types: TYPES });
  const node = graph!.nodes.get('helper')!;
  if (node.kind !== 'agent') throw new Error('helper is an agent');
  const runner = (...engines: EngineType[]) => ({
    name: 'r1',
    engines,
    labels: {},
    sandbox: ['bwrap' as const],
    probes: [],
  });
  expect(mismatch(node, runner('exec'))).toBeNull();
  expect(mismatch(node, runner('acp'))).toBe('it has no exec engine');
});
