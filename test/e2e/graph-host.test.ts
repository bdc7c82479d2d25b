/** Plan, apply, history and rollback against a running Host, with its relay and two people. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { callApi } from '../../src/adapters/host-api/client.ts';
import { parseGraphText } from '../../src/cli/graph/file.ts';
import { sha256Text } from '../../src/cli/kit/text-digest.ts';
import { writePlan } from '../../src/core/graph/change/plan-file.ts';
import type { Graph } from '../../src/core/graph/model.ts';
import { canonicalGraph } from '../../src/core/graph/revision.ts';
import { callHost, type HostClient, type InputOf } from '../../src/core/host-api/client.ts';
import { freePort, run, tempHomes } from '../support/cli.ts';
import { times } from '../support/counts.ts';
import { graphText } from '../support/graph-texts.ts';
import { jsonHere, runHere } from '../support/own-command.ts';

const here = tempHomes();
const [operator, device, wire] = [here.home('o'), here.home('d'), here.home('w')];
const graph = (...args: string[]) => runHere(operator, ['graph', ...args]);
type Head = { revision: number; digest: string; file: Record<string, unknown> };
let files = 0;
const file = (text: string) => here.file(`graph-${++files}.yaml`, text);
const applied = (text: string) =>
  jsonHere<Head & { changed: boolean }>(operator, ['graph', 'apply', file(text), '--yes']);
let alice = '';

type Change = InputOf<'graph.apply'>['body'];
/** Applies as a client of its own would, without what the command checks before. */
const clientOf =
  (given?: string): HostClient =>
  async (request) => {
    const token = given ?? readFileSync(join(operator, 'host', 'default', 'operator.token'), 'utf8').trim();
    const credential = { kind: 'bearer', token } as const;
    return (await callApi(join(operator, 'host', 'default', 'api.sock'), { ...request, credential })).body;
  };
const apply = (body: Change, given?: string) => callHost(clientOf(given), 'graph.apply', { body });
const head = () => callHost(clientOf(), 'graph.show');
const parsed = (text: string): Graph => parseGraphText(text, 'test').graph!;
const baseOf = ({ revision, digest }: Head) => ({ n: revision, digest: digest.replace('sha256:', '') });

beforeAll(async () => {
  const relay = `ws://127.0.0.1:${await freePort()}`;
  const init = ['host', 'init', '--graph', 'acme', '--relay', relay, '--members', '--keys', 'file'];
  const { host } = await jsonHere<{ host: string }>(operator, init);
  await here.start(wire, ['relay', 'serve', '--port', new URL(relay).port, '--owner', host]);
  await here.start(operator, ['host', 'serve']);
  alice = (await jsonHere<{ npub: string }>(device, ['user', 'init', '--keys', 'file'])).npub;
});
afterAll(() => here.clean());

describe('the first revision', () => {
  test('there is nothing to show, and the whole graph is planned', async () => {
    expect(await graph('show')).toMatchObject({ code: 6, stdout: '' });
    expect((await graph('history')).stdout).toBe('no graph was applied yet\n');
    const answer = await graph('plan', file(graphText({ alice })), '--detailed-exitcode');
    expect(answer.code).toBe(2);
    expect(answer.stdout).toContain('+   alice delegates_to builder');
    expect(answer.stdout).toContain('!   builder cannot start yet: it is new, and no runner is trusted');
  });

  test('is not applied without consent, and with it is number 1', async () => {
    const answer = await graph('apply', file(graphText({ alice })));
    expect(answer).toMatchObject({ code: 64, stdout: '' });
    expect(answer.stderr).toContain('--yes');
    expect(await applied(graphText({ alice }))).toMatchObject({
      revision: 1,
      changed: true,
    });
    expect(await head()).toMatchObject({ revision: 1, parent: null, by: 'bootstrap' });
  });

  test('applied again it is no change', async () => {
    expect(await applied(graphText({ alice }))).toMatchObject({ revision: 1, changed: false });
    const same = await graph('plan', file(graphText({ alice })), '--detailed-exitcode');
    expect(same).toMatchObject({ code: 0, stderr: 'compared with: revision 1\n' });
    expect(same.stdout).toMatch(/no changes/i);
  });
});

describe('what is not applied', () => {
  test('a graph that fails its own tests: told by plan, refused by apply and by the Host; nothing changes', async () => {
    const text = graphText({ alice }).replace('helper may_not', 'helper may');
    const planned = await graph('plan', file(text));
    expect(planned.code).toBe(8);
    expect(planned.stdout).toContain('helper');
    expect(planned.stderr).toMatch(/graph-\d+\.yaml:\d+:\d+: failed: helper may task\.request builder: /);
    expect(planned.stderr).toContain('`graph apply` will refuse it');
    expect((await graph('plan', file(text), '--detailed-exitcode')).code).toBe(8);
    const applied = await graph('apply', file(text), '--yes', '--json');
    expect(applied.code).toBe(8);
    expect(JSON.parse(applied.stdout).error.details[0].test).toBe('helper may task.request builder');
    const asked = apply({
      canonical: canonicalGraph(parsed(text)),
      base: baseOf(await head()),
    });
    await expect(asked).rejects.toMatchObject({
      code: 'invalid',
      message: expect.stringContaining('own tests'),
    });
    expect(await head()).toMatchObject({ revision: 1 });
  });

  test('a graph of another name, already when it is planned', async () => {
    const other = graphText({ alice }).replace('graph: acme', 'graph: other');
    for (const verb of [['plan'], ['apply', '--yes']] as const)
      expect(await graph(verb[0], file(other), ...verb.slice(1))).toMatchObject({
        code: 8,
        stderr: expect.stringContaining('governs the graph "acme", not "other"'),
      });
  });

  test('no plan is written over a graph file', async () => {
    const path = file(graphText({ alice, rate: '4/minute' }));
    expect(await graph('plan', path, '--out', path)).toMatchObject({ code: 4 });
    expect(readFileSync(path, 'utf8')).toContain('graph: acme');
  });

  test.each([
    [['show', 'abc'], 64],
    [['show', '0'], 64],
    [['rollback', 'abc', '--yes'], 64],
    [['history', '--cursor', 'x'], 64],
    [['validate', '.'], 8],
  ] as const)('%j is a mistake with a name, no bug', async (args, code) => {
    const answer = await graph(...args);
    expect(answer.code).toBe(code);
    expect(answer.stderr).not.toContain('bug');
  });
});

describe('plans, history, rollback', () => {
  test('a saved plan is applied without a question; a second time it is stale', async () => {
    const saved = join(here.root, 'one.plan');
    const planned = await graph(
      'plan',
      file(graphText({ alice, rate: '3/minute' })),
      '--out',
      saved,
      '--json',
    );
    expect(JSON.parse(planned.stdout)).toMatchObject({ changed: true, base: { revision: 1 }, out: saved });
    expect(await graph('apply', saved, '--no-input')).toMatchObject({ code: 0 });
    const stale = await graph('apply', saved, '--no-input', '--json');
    expect(stale.code).toBe(4);
    expect(JSON.parse(stale.stdout).error).toMatchObject({
      code: 'conflict',
      message: expect.stringMatching(/revision 1 .*revision 2/),
    });
    expect((await head()).revision).toBe(2);
  });

  test('a plan changed by hand is refused', async () => {
    const saved = join(here.root, 'forged.plan');
    await graph('plan', file(graphText({ alice, rate: '4/minute' })), '--out', saved);
    const forged = here.file('forged.plan', readFileSync(saved, 'utf8').replace('4/minute', '5/minute'));
    expect(await graph('apply', forged, '--no-input')).toMatchObject({ code: 8, stdout: '' });
    expect((await head()).revision).toBe(2);
  });

  test('rollback is a new revision; history and diff tell both', async () => {
    const one = await jsonHere<Head>(operator, ['graph', 'show', '1']);
    const back = await jsonHere<Head>(operator, ['graph', 'rollback', '1', '--yes']);
    expect(back).toMatchObject({ revision: 3, digest: one.digest });
    const { items, next } = await jsonHere<{
      items: (Head & { parent: string; active: boolean })[];
      next: null;
    }>(operator, ['graph', 'history']);
    expect(items.map(({ revision, active }) => [revision, active])).toEqual([
      [3, true],
      [2, false],
      [1, false],
    ]);
    expect(items.slice(0, 2).map(({ parent }) => parent)).toEqual(items.slice(1).map(({ digest }) => digest));
    expect(next).toBeNull();
    expect((await graph('diff', '1', '2')).stdout).toContain('~     rate: 2/minute -> 3/minute');
    expect((await graph('diff', '2')).stdout).toContain('~     rate: 3/minute -> 2/minute');
    expect((await graph('diff', '1', '3')).stdout).toMatch(/no changes/i);
    expect(await graph('rollback', '9', '--yes')).toMatchObject({ code: 6, stdout: '' });
  });

  test('explain names the line that show prints', async () => {
    const answer = await graph('explain', 'alice', 'task.request', 'spare', '--json');
    const { reason, place: where, revision } = JSON.parse(answer.stdout);
    expect({ reason, revision }).toEqual({ reason: 'disabled', revision: 3 });
    const lines = (await graph('show')).stdout.split('\n');
    expect(lines[where.line - 1]!.trim()).toBe('- from: alice');
    expect(where.text).toBe('alice delegates_to spare {"disabled":true}');
  });
});

describe('the Host takes nobody’s word', () => {
  const refusal = async (text: string, change: (canonical: string) => string = (canonical) => canonical) => {
    const canonical = change(canonicalGraph(parsed(text)));
    const answer = apply({ canonical, base: baseOf(await head()) });
    return answer.then(
      () => 'taken',
      (error) => `${error.code}: ${error.message}`,
    );
  };

  test('a graph that only a changed client would send is refused, with the place', async () => {
    const unsound = (canonical: string) =>
      canonical.replace('"delegates_to","to":"spare"}', '"delegates_to","to":"zoe"}');
    expect(await refusal(graphText({ alice }), unsound)).toMatch(
      /^invalid: not the canonical text of a graph: `alice delegates_to zoe` has an end missing/,
    );
    expect(await refusal(graphText({ alice }), (text) => `${text} `)).toMatch(
      /^invalid: not the canonical text/,
    );
    expect(await refusal(graphText({ alice }).replace('graph: acme', 'graph: other'))).toMatch(
      /governs the graph "acme"/,
    );
    expect((await head()).revision).toBe(3);
  });

  test('a node that no offer holds is refused, by name', async () => {
    const engine = { type: 'exec', auth: 'none', command: ['true'] };
    const text = JSON.stringify({ graph: 'acme', nodes: { big: { kind: 'agent', engine } } });
    const half = `"${'x'.repeat(7_000)}"`;
    const grown = (canonical: string) => canonical.replace('["true"]', `[${half},${half}]`);
    expect(await refusal(text, grown)).toMatch(/^invalid: `big` is too large to be offered/);
  });

  test('a wrong digest of the right number is a conflict', async () => {
    const { revision } = await head();
    const body = {
      canonical: canonicalGraph(parsed(graphText({ alice }))),
      base: { n: revision, digest: 'ab'.repeat(32) },
    };
    await expect(apply(body)).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringMatching(/the head is revision 3/),
    });
    await expect(apply(body, 'x'.repeat(40))).rejects.toMatchObject({
      code: 'not_authorized',
    });
  });
});

describe('waiting for those concerned', () => {
  test('who is online acknowledges, who is away is listed', async () => {
    const { invite } = await jsonHere<{ invite: string }>(operator, [
      'host',
      'invite',
      'user',
      '--name',
      'alice',
    ]);
    await jsonHere(device, ['user', 'join', here.file('invite.txt', invite)]);
    await here.start(device, ['user', 'watch']);
    const text = graphText({ alice, rate: '5/minute', more: '  - bob consults builder\n' }).replace(
      'bob consults',
      'bob delegates_to',
    );
    const args = ['graph', 'apply', file(text), '--yes', '--wait', '--timeout', '30s'];
    const { delivered } = await jsonHere<{ delivered: object }>(operator, args);
    expect(delivered).toEqual({ acked: ['alice'], away: ['bob'] });
  });

  test('--wait=all ends with 124, and the revision is active', async () => {
    const before = (await head()).revision;
    const answer = await graph(
      'apply',
      file(graphText({ alice, rate: '6/minute' })),
      '--yes',
      '--wait=all',
      '--timeout',
      '1s',
      '--json',
    );
    expect(answer.code).toBe(124);
    expect(JSON.parse(answer.stdout).error.message).toMatch(
      /^revision \d+ is active, but not acknowledged by bob$/,
    );
    expect((await head()).revision).toBe(before + 1);
  });
});

describe('fifty at once', () => {
  const rounds = times(2, 20);
  const COMMANDS = times(2, 5);
  test(`one succeeds, 49 conflict, the number goes up by one; ${rounds} rounds`, async () => {
    for (let round = 0; round < rounds; round++) {
      const before = await head();
      const base = baseOf(before);
      const graphs = Array.from({ length: 50 }, (_, i) =>
        parsed(graphText({ alice, rate: `${round * 50 + i + 10}/day` })),
      );
      const commands = graphs.slice(0, COMMANDS).map(async (one, i) => {
        const saved = here.file(`race-${i}.plan`, writePlan(base, one, sha256Text));
        return (await run(operator, ['graph', 'apply', saved, '--no-input'])).code === 0 ? 'done' : 'exit';
      });
      // Every other round the commands start with nobody before them.
      if (round % 2 === 1) await Promise.race(commands);
      const calls = graphs.slice(COMMANDS).map((one) =>
        apply({ canonical: canonicalGraph(one), base }).then(
          () => 'done',
          (error) => String(error.code),
        ),
      );
      const outcomes = await Promise.all([...commands, ...calls]);
      expect(outcomes.filter((one) => one === 'done')).toHaveLength(1);
      expect(outcomes.filter((one) => one === 'conflict' || one === 'exit')).toHaveLength(49);
      expect((await head()).revision).toBe(before.revision + 1);
      expect(await head()).toMatchObject({ parent: before.digest });
    }
  });
});
