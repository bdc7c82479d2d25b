/** The table of metrics by the conventions of Prometheus, and its text. */
import { describe, expect, test } from 'vitest';
import { METRICS, metricNames, metricsText, readMetrics, type Samples } from './metrics.ts';

const rows = metricNames().map((name) => ({ name, ...METRICS[name] }));
const UNITS = /_(?:seconds|bytes|lines|messages)(?:_total)?$/;
const given: Partial<Samples> = {
  entangle_host_epoch: [{ value: 7 }],
  entangle_sessions: [{ labels: { state: 'a"\\\nb' }, value: 0.5 }],
};
const samples = Object.fromEntries(metricNames().map((name) => [name, given[name] ?? []])) as Samples;

describe('each metric', () => {
  test('is named as Prometheus wants it: by its own prefix, and `_total` where it only rises', () => {
    for (const { name, type } of rows) {
      expect(name).toMatch(/^(?:entangle|process)_[a-z]+(?:_[a-z]+)*$/);
      expect(name.endsWith('_total'), name).toBe(type === 'counter');
    }
  });
  test('that is a time or a size says its base unit', () => {
    for (const { name } of rows)
      if (/_(?:age|delay|memory|cpu|time)(?:_|$)/.test(name)) expect(name).toMatch(UNITS);
  });
  test('has a sentence, and labels of which all values are known: at most a thousand series', () => {
    for (const { name, help, labels } of rows) {
      expect(help, name).toMatch(/^\S.{8,}\.$/);
      const values: readonly (readonly string[])[] = Object.values(labels);
      expect(
        values.reduce((all, words) => all * words.length, 1),
        name,
      ).toBeLessThan(1_000);
      for (const words of values) for (const word of words) expect(word, name).toMatch(/^[a-z0-9_.]+$/);
    }
  });
});

describe('the text', () => {
  test('has help, type and samples of each, with what a label must not hold escaped', () => {
    const text = metricsText(samples);
    expect(text).toContain('# HELP entangle_host_epoch The epoch');
    expect(text).toContain('# TYPE entangle_host_epoch gauge\nentangle_host_epoch 7\n');
    expect(text).toContain('entangle_sessions{state="a\\"\\\\\\nb"} 0.5\n');
    expect(text.match(/^# TYPE /gm)).toHaveLength(rows.length);
    expect(readMetrics(text)).toEqual(text.trimEnd().split('\n'));
  });
  test.each([
    ['no end of its last line', '# HELP x y'],
    ['another comment', '# \x1b[2J\n'],
    ['what a terminal acts on', 'entangle_x{a="\x1b[2J"} 1\n'],
    ['words', 'entangle_x is 1\n'],
    ['no value', 'entangle_x\n'],
    ['a page of somebody else', '<html>\n'],
  ])('is none with %s', (_what, text) => expect(readMetrics(text)).toBeNull());
});
