/** The Host's record in three formats: whole, in order, once; without what people wrote, and with nothing that acts. */
import { describe, expect, test } from 'vitest';
import {
  AUDITED_HOST,
  auditLines,
  chained,
  HEARD,
  heard,
  RECORDED,
  recordedLine,
} from '../../../test/support/audit-lines.ts';
import { sha256, testEvent } from '../../../test/support/ledger-events.ts';
import { AUDIT_FORMATS, type AuditFormat } from '../command-words.ts';
import type { Line } from '../ledger/line.ts';
import { createAuditExport } from './export.ts';
import { auditRowOf } from './rows.ts';

const exported = (lines: readonly Line[], format: AuditFormat, since = 0, isWhole = false): string[] => {
  const give = createAuditExport({
    ...{ format, since, isWhole, suite: { sha256 } },
    ...{ graph: 'acme', host: AUDITED_HOST, version: '1.2.3' },
  });
  return lines.map(give).filter((text) => text !== null);
};
const read = (lines: readonly Line[]) => exported(lines, 'ndjson').map((text) => JSON.parse(text));

test('every type that a Host records, says or hears is told as what it is', () => {
  const unknown = auditRowOf('nothing.known').say;
  const types = [...RECORDED, ...HEARD.map(([type]) => type)];
  expect(types.filter((type) => auditRowOf(type).say === unknown)).toEqual([]);
  const [one] = read(chained([{ dir: 'in', event: testEvent('x') }]));
  expect(one).toMatchObject({ cursor: '1', type: '', fields: {}, message: expect.stringContaining(unknown) });
});

test('what is about a key is told by the name that it came with, and has the key among its fields', () => {
  const hello = heard('runner.hello', { name: 'build-1' });
  const runner = hello.event.pubkey;
  const about = recordedLine('runner.liveness', { runner, n: 2, state: 'stale', silenceMs: 61_000 });
  const [, told] = read(chained([hello, about]));
  expect(told).toMatchObject({
    message: 'host: a runner was heard again, or is not heard: build-1: stale',
    fields: { runner },
  });
});

describe.each(AUDIT_FORMATS)('%s', (format) => {
  const lines = auditLines(1);
  const all = exported(lines, format);
  test('has one record a line of the ledger, of one row each, in its order', () => {
    expect(all).toHaveLength(lines.length);
    // Newlines of any alphabet, and what moves a cursor, are written with escapes
    expect(all.filter((text) => /\p{Cc}|\p{Cf}|\p{Zl}|\p{Zp}/u.test(text))).toEqual([]);
    const ids = lines.map(({ event }) => event.id);
    expect(all.map((text) => ids.findLastIndex((id) => text.includes(id)))).toEqual(ids.map((_, i) => i));
  });
  test('goes on at any cursor with every record once', () => {
    for (let i = 0; i < 100; i++) {
      const at = (i * 7919) % (lines.length + 1);
      expect([...exported(lines.slice(0, at), format), ...exported(lines, format, at)]).toEqual(all);
    }
  });
  test('is as good as the ledger: a line that is not as it was written ends it', () => {
    const bad = lines.map((line, i) => (i === 5 ? { ...line, at: '2026-11-23T10:00:00.001Z' } : line));
    expect(() => exported(bad, format)).toThrow(/line 6 of the ledger is damaged/);
  });
  test('T162 has no words of people and agents, and no secret, unless all is asked for', () => {
    const words = 'MARKER of somebody';
    const task = { ...testEvent('t', `{"task":"${words}"}`), tags: [['type', 'task.request']] };
    const box = 'MARKERBOX';
    const held = chained([
      heard('session.observed', { session: 's', state: 'requested', evidence: [task] }),
      heard('assignment.reject', { assignment: 'a', reason: 'x', detail: words }),
      heard('assignment.offer', { assignment: 'a', node: 'coder', spec: words }),
      heard('runner.trust', { runner: 'r1', state: 'trusted', reason: words }),
      heard('secret.grant', { assignment: 'a', name: 'TOKEN', box }),
      recordedLine('operator.added', { name: 'ci', sha256: box }),
      recordedLine('message.held', { id: 'i', seal: { content: words } }),
    ]);
    expect(exported(held, format).join('\n')).not.toContain('MARKER');
    expect(exported(held, format).join('\n')).toContain('TOKEN');
    const whole = exported(held, format, 0, true).join('\n');
    expect(whole.includes(words)).toBe(format !== 'cef');
    expect(whole).not.toContain(box);
  });
});

describe('a record', () => {
  test('says who signed it, what of, and with which code', () => {
    const [, trust] = read(
      chained([
        recordedLine('graph.revision', { n: 1, users: [{ name: 'alice', pubkey: 'cc'.repeat(32) }] }),
        heard('runner.trust', { runner: 'r1', state: 'revoked' }),
      ]),
    );
    expect(trust).toMatchObject({
      ...{ cursor: '2', direction: 'out', type: 'runner.trust', code: 'runner.trust.revoked' },
      ...{ message: 'host: a runner was decided about: r1: revoked', kind: 24156, pruned: false },
      signer: { pubkey: AUDITED_HOST, role: 'host', name: 'host' },
      fields: { runner: 'r1', state: 'revoked' },
    });
    expect(trust.sig).toMatch(/^[0-9a-f]{128}$/);
    expect(trust.chain).toMatch(/^[0-9a-f]{64}$/);
  });
  test('of a runner names the signed events of others in it, or says that it only claims', () => {
    const person = { ...testEvent('a'), pubkey: 'cc'.repeat(32), tags: [['type', 'approval.response']] };
    const users = [{ name: 'alice', pubkey: person.pubkey }];
    const [, proved, claimed, plain] = read(
      chained([
        recordedLine('graph.revision', { n: 1, users }),
        heard('approval.observed', { approval: 'p', state: 'approved', evidence: [person] }),
        heard('approval.observed', { approval: 'p', state: 'approved', evidence: [] }),
        heard('assignment.receipt', { assignment: 'a', state: 'started' }),
      ]),
    );
    expect(proved).toMatchObject({
      claimed: false,
      evidence: [{ event: person.id, type: 'approval.response', signer: { name: 'alice', role: 'user' } }],
    });
    expect([claimed.claimed, claimed.evidence, plain.claimed]).toEqual([true, [], false]);
  });
  test('whose content was pruned is still there', () => {
    const line = chained([heard('runner.trust', { runner: 'r1', state: 'revoked' })])[0]!;
    const [one] = read([{ ...line, event: { ...line.event, content: '' } }]);
    expect(one).toMatchObject({ type: 'runner.trust', code: 'runner.trust', fields: {}, pruned: true });
  });
});

test('CEF: no value ends its field, and no field begins in a value', () => {
  const target = 'a|b\\c=d\ncs1=e\r\u202e';
  const [text] = exported(
    chained([recordedLine('host.operator_request.completed', { target, outcome: 'done' })]),
    'cef',
  );
  expect(text).toMatch(
    /^CEF:0\|entangle\|entangle\|1\.2\.3\|host\.operator_request\.completed\.done\|an operator asked\|2\|rt=\d+ externalId=1 /,
  );
  expect(text).toContain(' msg=host: an operator asked: a|b\\\\c\\=d\\\\x0acs1\\=e\\\\x0d\\\\u{202e}: done ');
});
