/** Settings of a runner, listed and changed in its config.yaml. */
import { join } from 'node:path';
import { isLockHeld } from '../../adapters/system/lock.ts';
import { MAKES_HOME, type RunnerSetting, type SettingHolds } from '../../core/command-words.ts';
import type { SandboxKind } from '../../core/vocabulary.ts';
import {
  type NewcomerConfig,
  newcomerConfig,
  type RunnerConfig,
  runnerConfig,
} from '../../services/setup/config.ts';
import {
  type RunnerSettings,
  rowOfSetting,
  type SettingView,
  settingValue,
  settingView,
  settingViews,
} from '../../services/setup/runner-settings.ts';
import { pairs } from '../kit/render.ts';
import { requireCapabilities } from '../wiring/capabilities.ts';
import { editConfig, readConfig, requireConfig, withConfigLock } from '../wiring/home-config.ts';
import { hasLeft, isNotedLeft } from '../wiring/leave-wish.ts';

export type SettingPage = { items: SettingView[]; next: null };
/** `was`: what it was before; the same where nothing changed. */
export type ChangedSetting = SettingView & { runner: string; was: string; holds: SettingHolds };

const CREATE = `create its key first: \`${MAKES_HOME.runner}\``;

/** One that joined, or one that has yet to: `below` is where its settings stand. */
const runnerIn = async (directory: string) => {
  const found = (await readConfig(directory)) as { host?: unknown; settings?: unknown } | undefined;
  if (found?.host === undefined && found?.settings !== undefined) {
    const config: NewcomerConfig = await requireConfig(directory, newcomerConfig, CREATE);
    return { ...config, settings: config.settings!, schema: newcomerConfig, below: ['settings'] };
  }
  const config: RunnerConfig = await requireConfig(directory, runnerConfig, CREATE);
  return { ...config, settings: config as RunnerSettings, schema: runnerConfig, below: [] };
};

export const listSettings = async (directory: string): Promise<SettingPage> => ({
  items: settingViews((await runnerIn(directory)).settings),
  next: null,
});

/** `written`: null for what it is where nobody set it. What this machine cannot do is not promised. */
export const changeSetting = async (
  directory: string,
  key: RunnerSetting,
  written: readonly string[] | null,
): Promise<ChangedSetting> => {
  const value = settingValue(key, written);
  const { field, isLive } = rowOfSetting(key);
  await runnerIn(directory);
  return withConfigLock(directory, async () => {
    const { name, settings, schema, below } = await runnerIn(directory);
    if (isNotedLeft(directory)) throw hasLeft(name);
    if (key === 'sandbox') await requireCapabilities(value as SandboxKind[]);
    await editConfig(directory, schema, [{ path: [...below, field], value: value ?? undefined }]);
    const isServed = await isLockHeld(join(directory, 'ledger', 'lock'));
    const holds: SettingHolds = !isServed ? 'when_served' : isLive ? 'now' : 'after_restart';
    const changed = { ...settings, [field]: value ?? undefined } as RunnerSettings;
    return { runner: name, ...settingView(key, changed), was: settingView(key, settings).text, holds };
  });
};

const HOLDS: { readonly [H in SettingHolds]: string } = {
  now: 'within seconds: the process that serves it takes it up',
  after_restart: 'from its next start: the process that serves it goes on as before',
  when_served: 'when it is served',
};

export const shownSetting = ({ text, value }: Pick<SettingView, 'text' | 'value'>): string =>
  value === null ? 'what the machine has' : text || 'none';

export const changedText = (changed: ChangedSetting): string => {
  const { runner, key, was, text, holds } = changed;
  return pairs([
    ['runner', runner],
    [key, shownSetting(changed)],
    ['holds', was === text ? 'as before: nothing was changed' : HOLDS[holds]],
  ]);
};
