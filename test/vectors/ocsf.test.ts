/** OCSF 1.9.0, the published schema: every record that is exported is an event of its class. */
import { describe, expect, test } from 'vitest';
import { OCSF_VERSION } from '../../src/core/audit/classes.ts';
import { createAuditExport } from '../../src/core/audit/export.ts';
import { canonicalize } from '../../src/core/encoding/canonical.ts';
import { AUDITED_HOST, auditLines, chained, hashOf, recordedLine } from '../support/audit-lines.ts';
import { times } from '../support/counts.ts';
import { sha256 } from '../support/ledger-events.ts';
import { createOcsf, hasOcsf, ocsfVersion } from './ocsf-schema.ts';

type Event = Record<string, unknown>;
const check = createOcsf();
const export_ = (isWhole: boolean) => {
  const give = createAuditExport({
    ...{ format: 'ocsf', since: 0, isWhole, suite: { sha256 } },
    ...{ graph: 'acme', host: AUDITED_HOST, version: '1.2.3' },
  });
  return (lines: ReturnType<typeof auditLines>) => lines.map((line) => JSON.parse(give(line)!));
};

describe.runIf(hasOcsf)('OCSF', () => {
  test('is of the version that records name', () => {
    expect(ocsfVersion().replace('-dev', '')).toBe(OCSF_VERSION);
  });
  test.each([false, true])('every type of record is an event of its class, whole: %s', (isWhole) => {
    const events = export_(isWhole)(auditLines(times(6, 200)));
    const wrong = events.flatMap((event) =>
      check(event).map((what) => `${event.metadata.event_code}${what}`),
    );
    expect(wrong).toEqual([]);
    expect(new Set(events.map(({ class_uid }) => class_uid)).size).toBe(5);
  });
  test.each([
    ['an attribute that there is none of', (one: Event) => ({ ...one, colour: 'red' }), '.colour: unknown'],
    ['a required one that is not there', ({ actor: _, ...one }: Event) => one, '.actor: missing'],
    ['a number that names nothing', (one: Event) => ({ ...one, activity_id: 42 }), 'none of its numbers'],
    ['the caption of another number', (one: Event) => ({ ...one, status: 'Nothing' }), '.status: "Nothing"'],
    ['a value of another type', (one: Event) => ({ ...one, time: 'now' }), '.time: no timestamp_t'],
    ['an object of which nothing is known', (one: Event) => ({ ...one, actor: {} }), '.actor: none of'],
  ])('the check sees %s', (_, change, words) => {
    const [event] = export_(false)(
      chained([recordedLine('host.operator_request.completed', { outcome: 'done', who: 'a' })]),
    );
    expect(check(event)).toEqual([]);
    expect(check(change(event)).join()).toContain(words);
  });
});

test('each event has its own fingerprint, and names the one before it', () => {
  const events = export_(false)(auditLines(1));
  for (const [i, event] of events.entries()) {
    const [{ fingerprint, ...attestation }] = event.attestation_list;
    expect(hashOf(Buffer.from(canonicalize({ ...event, attestation_list: [attestation] })))).toBe(
      fingerprint.value,
    );
    expect(attestation.prev_event?.uid).toBe(events[i - 1]?.metadata.uid);
  }
});
