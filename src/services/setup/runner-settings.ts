/** What may be set of a runner: the one table behind the flags of `runner init`, `runner config`, its checks and its completion. */
import { CAPACITY, DISK, MEMORY } from '../../core/bounds.ts';
import { RUNNER_SETTINGS, type RunnerSetting } from '../../core/command-words.ts';
import { isWord, requireFit } from '../../core/encoding/grammar.ts';
import { EntangleError } from '../../core/errors.ts';
import { LABEL_KEY, LABEL_VALUE, MAX_LABELS } from '../../core/grammars.ts';
import { NETWORK_SCHEMES, REMOTE_SCHEMES, SANDBOX_KINDS } from '../../core/vocabulary.ts';
import type { NewcomerConfig } from './config.ts';

export type RunnerSettings = NonNullable<NewcomerConfig['settings']>;
type Field = keyof RunnerSettings;
type Value<F extends Field> = Exclude<RunnerSettings[F], undefined>;
type CountField = { [F in Field]: number extends Value<F> ? F : never }[RunnerSetting & Field];

type Row<F extends Field> = {
  /** What it is called in config.yaml. */
  field: F;
  about: string;
  /** What may be written, for people. */
  allowed: string;
  /** Those of few values. */
  words?: readonly string[];
  /** A runner that serves takes it up by itself. */
  isLive: boolean;
  /** Where nobody set it; left out: it must be set. `null`: what the machine has. */
  unset?: Value<F> | null;
  read(written: readonly string[]): Value<F>;
  show(value: Value<F>): string;
};

const refuse = (name: string, allowed: string): EntangleError =>
  new EntangleError('usage', `${name} takes ${allowed}`, { hint: `write ${allowed}` });
const one = (name: string, allowed: string, written: readonly string[]): string => {
  if (written.length !== 1) throw refuse(name, allowed);
  return written[0]!;
};

type Rest<F extends Field> = Pick<Row<F>, 'about' | 'isLive' | 'unset'>;

const wordsRow = <F extends 'sandbox' | 'protocols'>(
  name: RunnerSetting,
  field: F,
  words: readonly Value<F>[number][],
  rest: Rest<F>,
): Row<F> => {
  const allowed = `one or more of ${words.join(', ')}`;
  return {
    ...{ field, allowed, words, ...rest },
    read: (written) => {
      if (written.length === 0 || !written.every((word) => isWord(words, word))) throw refuse(name, allowed);
      return [...new Set(written)] as Value<F>;
    },
    show: (value) => value.join(' '),
  };
};

const countRow = <F extends CountField>(
  name: RunnerSetting & F,
  { least, most }: { least: number; most: number },
  rest: Rest<F>,
): Row<F> & { bounds: { min: number; max: number } } => {
  const allowed = `a whole number from ${least} to ${most}`;
  return {
    ...{ field: name, allowed, bounds: { min: least, max: most }, ...rest },
    read: (written) => {
      const text = one(name, allowed, written);
      const count = /^[0-9]{1,15}$/.test(text) ? Number(text) : Number.NaN;
      if (!(count >= least && count <= most)) throw refuse(name, allowed);
      return count as Value<F>;
    },
    show: (value) => `${value}`,
  };
};

export type Label = { key: string; value: string };
export const labelOf = (text: string): Label => {
  const [key = '', ...value] = text.split('=');
  if (value.length === 0)
    throw new EntangleError('usage', `"${text.slice(0, 80)}" is not a label`, { hint: 'write KEY=VALUE' });
  return { key: requireFit(LABEL_KEY, key), value: requireFit(LABEL_VALUE, value.join('=')) };
};

/** One key has one value: which of two was meant is not guessed. */
export const labelsOf = (given: readonly Label[]): RunnerSettings['labels'] => {
  const labels = new Map(given.map(({ key, value }) => [key, value]));
  const twice = given.find(({ key, value }) => labels.get(key) !== value);
  if (twice)
    throw new EntangleError('usage', `the label "${twice.key}" is given two values`, {
      hint: 'give each label once',
    });
  if (labels.size > MAX_LABELS)
    throw new EntangleError('usage', `at most ${MAX_LABELS} labels, not ${labels.size}`, {
      hint: 'leave out those that no placement asks for',
    });
  return Object.fromEntries(labels);
};

const SWITCH = ['true', 'false'] as const;

export const RUNNER_SETTING = {
  sandbox: wordsRow('sandbox', 'sandbox', SANDBOX_KINDS, {
    about: 'sandbox to offer: bwrap, or none for no isolation',
    isLive: false,
  }),
  label: {
    field: 'labels',
    about: 'label KEY=VALUE that a placement can require',
    allowed: 'labels KEY=VALUE, each key once',
    isLive: true,
    unset: {},
    read: (written) => labelsOf(written.map(labelOf)),
    show: (value) =>
      Object.entries(value)
        .map((label) => label.join('='))
        .join(' '),
  } satisfies Row<'labels'> as Row<'labels'>,
  capacity: countRow('capacity', CAPACITY, {
    about: 'maximum number of turns at the same time',
    isLive: true,
    unset: 4,
  }),
  memory: countRow('memory', MEMORY, {
    about: 'memory for agents that run at the same time, in MiB; else what this machine has at each start',
    isLive: true,
    unset: null,
  }),
  disk: countRow('disk', DISK, {
    about:
      'disk for all that it keeps, in MiB: workspaces, stores of repositories, what agents keep; else a quarter of the file system, at most 65536',
    isLive: false,
    unset: null,
  }),
  'git-protocol': wordsRow('git-protocol', 'protocols', REMOTE_SCHEMES, {
    about: 'git protocol to allow; file is for remotes on this machine',
    isLive: true,
    unset: [...NETWORK_SCHEMES],
  }),
  'repository-hooks': {
    field: 'repositoryHooks',
    about: 'run the hooks of a repository on this machine when something is pushed to it',
    allowed: 'true or false',
    words: SWITCH,
    isLive: true,
    unset: false,
    read: (written) => {
      const word = one('repository-hooks', 'true or false', written);
      if (!isWord(SWITCH, word)) throw refuse('repository-hooks', 'true or false');
      return word === 'true';
    },
    show: (value) => `${value}`,
  } satisfies Row<'repositoryHooks'> as Row<'repositoryHooks'>,
} satisfies { readonly [S in RunnerSetting]: Row<Field> | Row<'labels'> };

/** Where nothing needs to know which of them it is. */
export const rowOfSetting = (key: RunnerSetting): Row<Field> => RUNNER_SETTING[key];

/** The value that stands for what was written; null, where none was, for what it is unset. */
export const settingValue = (key: RunnerSetting, written: readonly string[] | null): unknown => {
  const { read, unset, allowed } = rowOfSetting(key);
  if (written !== null) return read(written);
  if (unset === undefined)
    throw new EntangleError('usage', `${key} has no default`, {
      hint: `set it to what it is to be: \`entangle runner config set ${key} …\` takes ${allowed}`,
    });
  return unset;
};

/** Those of a runner that joined, without its federation. */
export const runnerSettingsIn = (config: RunnerSettings): RunnerSettings =>
  Object.fromEntries(
    RUNNER_SETTINGS.flatMap((key) => {
      const { field } = RUNNER_SETTING[key];
      return config[field] === undefined ? [] : [[field, config[field]]];
    }),
  ) as RunnerSettings;

/** `value`: null where it is what the machine has. */
export type SettingView = {
  key: RunnerSetting;
  value: RunnerSettings[Field] | null;
  text: string;
  isDefault: boolean;
};
export const settingView = (key: RunnerSetting, settings: RunnerSettings): SettingView => {
  const { field, show, unset } = rowOfSetting(key);
  const value = settings[field] ?? null;
  const text = value === null ? '' : show(value);
  const isDefault = unset !== undefined && text === (unset === null ? '' : show(unset));
  return { key, value, text, isDefault };
};
export const settingViews = (settings: RunnerSettings): SettingView[] =>
  RUNNER_SETTINGS.map((key) => settingView(key, settings));
