/** Controls and their evidence: each query finds its records, each cited one is in the ledger, and nothing reads as something. */
import { describe, expect, test } from 'vitest';
import { AUDITED_HOST, auditLines, chained, heard, recordedLine } from '../../../test/support/audit-lines.ts';
import { sha256 } from '../../../test/support/ledger-events.ts';
import { FRAMEWORKS, type Framework } from '../command-words.ts';
import type { Line } from '../ledger/line.ts';
import { createComplianceReport } from './compliance.ts';
import { CONTROLS, NOT_COVERED } from './controls.ts';
import { auditRowOf } from './rows.ts';

const reported = (
  lines: readonly Line[],
  framework: Framework | null = null,
  since: string | null = null,
) => {
  const one = createComplianceReport({
    ...{ framework, since, graph: 'acme', host: AUDITED_HOST, suite: { sha256 } },
  });
  for (const line of lines) one.see(line);
  return one.report();
};
const checkpointOf = (size: number) => {
  const hex = 'cc'.repeat(32);
  return recordedLine('checkpoint', {
    ...{ size, chain: hex, root: hex, peaks: [hex], log: hex, sig: `${'A'.repeat(86)}==` },
  });
};
/** With a checkpoint of all of them behind them. */
const sworn = (lines: readonly Line[]) => chained([...lines, checkpointOf(lines.length)]);
const controlIn = (report: ReturnType<typeof reported>, id: string) =>
  report.controls.find((control) => control.id === id)!;

test('every query is of a type that a Host has on record, by a state that its row tells', () => {
  const unknown = auditRowOf('nothing.known').say;
  for (const query of CONTROLS.flatMap((control) => control.query)) {
    if (auditRowOf(query).say !== unknown) continue;
    const row = auditRowOf(query.slice(0, query.lastIndexOf('.')));
    expect([query, row.say === unknown, row.state === undefined]).toEqual([query, false, false]);
  }
  expect(new Set(CONTROLS.map(({ id }) => id)).size).toBe(CONTROLS.length);
});

describe.each([...FRAMEWORKS, null])('%s', (framework) => {
  const lines = sworn(auditLines(1));
  const report = reported(lines, framework);
  test('each cited record is one of the ledger, of the type that is asked for', () => {
    const byCursor = new Map(lines.map((line) => [`${line.n}`, line.event.id]));
    for (const { id, cited, events } of report.controls) {
      // The last checkpoint is of none of its own
      const proved = id === 'record-integrity' ? events - 1 : events;
      expect(cited).toHaveLength(Math.min(proved, 3));
      for (const { cursor, event } of cited) expect(byCursor.get(cursor)).toBe(event);
    }
    expect(report.controls.filter(({ events }) => events > 0).length).toBeGreaterThan(3);
    expect(report.records).toBe(lines.length);
  });
  test('of an empty record each control has no evidence, and what is not covered is said', () => {
    const none = reported([], framework);
    expect(none.controls.map(({ events, cited, first }) => [events, cited, first])).toEqual(
      none.controls.map(() => [0, [], null]),
    );
    expect(none.notCovered.length).toBeGreaterThan(2);
    if (framework !== null) expect(none.notCovered).toEqual(NOT_COVERED[framework]);
    for (const { of } of none.controls) expect(of.length).toBeGreaterThan(0);
  });
});

test('only what a checkpoint is of is named: what came later counts, and so does the checkpoint itself', () => {
  const lines = chained([approval('approved'), approval('approved'), checkpointOf(1)]);
  const report = reported(lines);
  expect(report.covered).toBe(1);
  expect(controlIn(report, 'change-approval')).toMatchObject({ events: 2, cited: [{ cursor: '1' }] });
  expect(controlIn(report, 'record-integrity')).toMatchObject({ events: 1, cited: [] });
  const told = heard('checkpoint', JSON.parse(checkpointOf(9).event.content));
  expect(reported(chained([approval('approved'), { ...told, dir: 'in' }])).covered).toBe(0);
});

const task = '01930000-0000-7000-8000-000000000001';
const approval = (state: string, evidence: unknown[] = []) =>
  heard('approval.observed', { approval: task, session: task, state, evidence });

test('an approval is evidence of an approval, a refusal of a refusal, and neither of the other', () => {
  const report = reported(sworn(chained([approval('pending'), approval('approved'), approval('rejected')])));
  expect(controlIn(report, 'change-approval')).toMatchObject({
    ...{ events: 1, claimed: 1 },
    cited: [{ cursor: '2', code: 'approval.observed.approved' }],
  });
  expect(controlIn(report, 'change-refusal').cited).toMatchObject([{ cursor: '3' }]);
});
test('what a runner says of others with what they signed is no claim', () => {
  const signed = chained([approval('approved')])[0]!.event;
  expect(controlIn(reported(chained([approval('approved', [signed])])), 'change-approval').claimed).toBe(0);
});
test('the newest three are named, all are counted, and what was before the day is not', () => {
  const lines = sworn(chained(Array.from({ length: 5 }, () => approval('approved'))));
  expect(controlIn(reported(lines), 'change-approval')).toMatchObject({
    events: 5,
    cited: [{ cursor: '3' }, { cursor: '4' }, { cursor: '5' }],
  });
  const [{ at } = { at: '' }] = lines;
  expect(reported(lines, null, at).records).toBe(6);
  expect(reported(lines, null, at.replace('.000Z', '.001Z'))).toMatchObject({ records: 0 });
});
test('is as good as the ledger: a line that is not as it was written ends it', () => {
  const lines = chained([approval('approved'), recordedLine('operator.revoked', { name: 'x', by: 'y' })]);
  const bad = lines.map((line) => ({ ...line, at: '2026-11-23T10:00:00.001Z' }));
  expect(() => reported(bad)).toThrow(/line 1 of the ledger is damaged/);
});
