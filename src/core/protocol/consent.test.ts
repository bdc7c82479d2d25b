import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DECISIONS, type Decision, REVIEW_VERDICTS } from '../vocabulary.ts';
import { consentSentence, reviewSentence } from './consent.ts';

const said = (changes: object = {}, decision: Decision = 'approved') =>
  consentSentence({
    decision,
    subject: {
      operation: 'source.publish',
      remote: 'https://example.org/app.git',
      ref: 'refs/heads/main',
      commit: '1a2b3c4d'.repeat(5),
      ...changes,
    },
    subjectDigest: '7f3a0c1d'.repeat(8),
  });

describe('the sentence of a decision', () => {
  test('says what is decided, about which commit, where it goes, and of which subject', () => {
    const rest = 'push of 1a2b3c4 to https://example.org/app.git main (digest 7f3a0c1d7f3a…)';
    expect(said()).toBe(`Approve ${rest}`);
    expect(said({}, 'rejected')).toBe(`Reject ${rest}`);
    expect(said({}, 'changes_wanted')).toBe(`Send back ${rest}`);
  });

  test('says which command is let run, or what its agent calls it', () => {
    const run = (command: string | null, decision: Decision = 'approved') =>
      consentSentence({
        decision,
        subject: { operation: 'command.run', command, words: 'Run the\ntests' },
        subjectDigest: '7f3a0c1d'.repeat(8),
      });
    expect(run('npm test')).toBe('Approve run of npm test (digest 7f3a0c1d7f3a…)');
    expect(run('npm test', 'rejected')).toMatch(/^Reject run of npm test /);
    expect(run(null)).toMatch(/^Approve what an agent calls Run the\S*tests \(digest/);
    expect(run('x'.repeat(6_000)).length).toBeLessThanOrEqual(200);
  });

  test('shows a ref that is no branch as it is', () => {
    expect(said({ ref: 'refs/tags/v1' })).toContain(' refs/tags/v1 ');
  });

  test('cuts what is long and says so', () => {
    expect(said({ remote: `https://example.org/${'a'.repeat(400)}` })).toMatch(
      /a…\(\+\d+ cut\) main \(digest/,
    );
  });

  test('fits a tag and shows nothing that could mislead, whatever the subject holds', () => {
    const any = fc.string({ unit: 'binary', maxLength: 500 });
    fc.assert(
      fc.property(any, any, fc.constantFrom(...DECISIONS), (remote, ref, decision) => {
        const sentence = said({ remote, ref }, decision);
        expect(sentence.length).toBeLessThanOrEqual(200);
        expect(sentence).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}]|(?! )\p{Z}/u);
      }),
      { numRuns: 500 },
    );
  });

  test.each(DECISIONS)('%s of the longest remote and branch fits a tag', (decision) => {
    const long = 'x'.repeat(1_000);
    expect(said({ remote: long, ref: `refs/heads/${long}` }, decision).length).toBeLessThanOrEqual(200);
  });
});

describe('the sentence of a review', () => {
  const of = (verdict: 'pass' | 'changes', repository = 'https://example.org/app.git') =>
    reviewSentence({
      ...{ verdict, subject: { repository, commit: '1a2b3c4d'.repeat(5) } },
      subjectDigest: '7f3a0c1d'.repeat(8),
    });

  test('says what is thought of which commit, and that nothing is approved by it', () => {
    const rest = '1a2b3c4 for https://example.org/app.git (digest 7f3a0c1d7f3a…); it approves nothing';
    expect(of('pass')).toBe(`Review: Find good ${rest}`);
    expect(of('changes')).toBe(`Review: Want changes of ${rest}`);
  });

  test.each(REVIEW_VERDICTS)('%s fits a tag and shows nothing that could mislead', (verdict) => {
    expect(of(verdict, `https://x/${'é\u202e'.repeat(500)}`).length).toBeLessThanOrEqual(200);
    expect(of(verdict, 'a\u202eb\n')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  });
});
