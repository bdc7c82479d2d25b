/** What may be set of a runner: what the table takes is what its config takes, and nothing else. */
import { describe, expect, test } from 'vitest';
import type * as z from 'zod';
import { RUNNER_SETTINGS, type RunnerSetting } from '../../core/command-words.ts';
import { runnerSettings } from './config.ts';
import {
  type RunnerSettings,
  rowOfSetting,
  runnerSettingsIn,
  settingValue,
  settingViews,
} from './runner-settings.ts';

const given: RunnerSettings = {
  sandbox: ['bwrap'],
  labels: { region: 'eu' },
  capacity: 4,
  protocols: ['https', 'ssh'],
  repositoryHooks: false,
};
const fits = (key: RunnerSetting, value: unknown): boolean =>
  (runnerSettings[rowOfSetting(key).field] as z.ZodType).safeParse(value).success;

test('each field of the config has one row, and each row a field', () => {
  expect(RUNNER_SETTINGS.map((key) => rowOfSetting(key).field).sort()).toEqual(
    Object.keys(runnerSettings).sort(),
  );
});

const TAKEN: Readonly<Record<RunnerSetting, readonly (readonly [written: string[], value: unknown])[]>> = {
  sandbox: [
    [['none'], ['none']],
    [
      ['bwrap', 'none', 'bwrap'],
      ['bwrap', 'none'],
    ],
  ],
  label: [[['region=eu', 'gpu=yes'], { region: 'eu', gpu: 'yes' }]],
  capacity: [
    [['1'], 1],
    [['64'], 64],
  ],
  memory: [
    [['16'], 16],
    [['16777216'], 16_777_216],
  ],
  disk: [
    [['1024'], 1024],
    [['1073741824'], 1_073_741_824],
  ],
  'git-protocol': [
    [
      ['file', 'https'],
      ['file', 'https'],
    ],
  ],
  'repository-hooks': [
    [['true'], true],
    [['false'], false],
  ],
};
/** Beyond its bounds, another kind, too many, too few. */
const REFUSED: Readonly<Record<RunnerSetting, readonly string[][]>> = {
  sandbox: [['docker'], [], ['none', '']],
  label: [
    ['region'],
    ['region='],
    ['region=eu', 'region=us'],
    ['Ä=1'],
    Array.from({ length: 500 }, (_, i) => `k${i}=v`),
  ],
  capacity: [['0'], ['65'], ['4', '5'], ['1e2'], ['-1'], ['4.5'], [''], []],
  memory: [['15'], ['16777217'], ['99999999999999999999'], ['lots']],
  disk: [['1023'], ['1073741825'], ['0x40']],
  'git-protocol': [['ext'], []],
  'repository-hooks': [['yes'], ['true', 'true']],
};

describe.each(RUNNER_SETTINGS)('%s', (key) => {
  test.each(TAKEN[key])('takes %j, and so does the config', (written, value) => {
    expect(settingValue(key, written)).toEqual(value);
    expect(fits(key, value)).toBe(true);
  });
  test.each(REFUSED[key].map((written) => [written]))('refuses %j with what it takes', (written) => {
    expect(() => settingValue(key, written)).toThrow(
      expect.objectContaining({ code: 'usage', hint: expect.stringMatching(/^(?:write|give|leave) \S/) }),
    );
  });
  test('its default is one that the config takes, and is told as such', () => {
    const { unset, field } = rowOfSetting(key);
    if (unset === undefined) {
      expect(() => settingValue(key, null)).toThrow(`${key} has no default`);
      return;
    }
    expect(settingValue(key, null)).toEqual(unset);
    expect(unset === null || fits(key, unset)).toBe(true);
    const view = settingViews({ ...given, [field]: unset ?? undefined }).find((one) => one.key === key);
    expect(view).toMatchObject({ value: unset, isDefault: true });
  });
});

test('a value is refused with what is allowed', () => {
  expect(() => settingValue('sandbox', ['docker'])).toThrow('sandbox takes one or more of bwrap, none');
  expect(() => settingValue('capacity', ['0'])).toThrow('capacity takes a whole number from 1 to 64');
});

test('a home that joins again keeps each of its settings', () => {
  const whole = { ...given, memory: 512, disk: 4096 };
  expect(runnerSettingsIn({ ...whole, name: 'lab', host: 'x' } as RunnerSettings)).toEqual(whole);
  expect(runnerSettingsIn(given)).toEqual(given);
});
