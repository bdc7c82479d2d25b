/** The mode and options of an agent's session: set before its first prompt, and watched from then on. */
import type * as z from 'zod';
import { readShape } from '../encoding/read-shape.ts';
import { type AgentOption, modeTold, optionsTold, type SessionMade } from './shapes.ts';

/** What has to be said to the agent before its prompt, if anything. */
type PinStep =
  | { is: 'kept' }
  | { is: 'set_mode'; modeId: string }
  | { is: 'set_option'; configId: string; value: string }
  | { is: 'refused'; why: string };

/** The mode that the session is pinned to, null where the agent has none, and the values of its options by their ids. */
export type Pinned = { mode: string | null; values: ReadonlyMap<string, string | boolean> };

const isMode = ({ category }: AgentOption): boolean => category === 'mode';
const valuesOf = ({ options }: AgentOption): string[] =>
  (options ?? []).flatMap((one) =>
    'value' in one && typeof one.value === 'string'
      ? [one.value]
      : 'options' in one && Array.isArray(one.options)
        ? one.options.map(({ value }: { value: string }) => value)
        : [],
  );

/** How a session comes to the mode that is wanted; `null` wants whatever it begins in. */
export const pinStep = ({ modes, configOptions }: SessionMade, wanted: string | null): PinStep => {
  if (wanted === null) return { is: 'kept' };
  const options = (configOptions ?? []).filter(isMode);
  const hasMode = modes?.availableModes.some(({ id }) => id === wanted) === true;
  const option = options.find((one) => valuesOf(one).includes(wanted));
  if (!hasMode && option === undefined) return { is: 'refused', why: `it has no mode “${wanted}”` };
  if (hasMode && modes?.currentModeId !== wanted) return { is: 'set_mode', modeId: wanted };
  if (!hasMode && option !== undefined && option.currentValue !== wanted)
    return { is: 'set_option', configId: option.id, value: wanted };
  return { is: 'kept' };
};

/** What the session is to stay at. */
export const pinnedTo = ({ modes, configOptions }: SessionMade, step: PinStep): Pinned => {
  const values = new Map((configOptions ?? []).map((one) => [one.id, one.currentValue]));
  if (step.is === 'set_option') values.set(step.configId, step.value);
  if (step.is !== 'set_mode') return { mode: modes?.currentModeId ?? null, values };
  // The same mode told a second way
  for (const option of configOptions ?? []) if (isMode(option)) values.set(option.id, step.modeId);
  return { mode: step.modeId, values };
};

/** Words for a mode that is not the pinned one, or null. */
const modeChange = ({ mode }: Pinned, told: string): string | null =>
  told === mode ? null : `it changed its mode to “${told}”`;

/** Words for an option that has another value than it was pinned to, or null; a new one that sets a mode is one too. */
const optionChange = ({ values }: Pinned, told: readonly AgentOption[]): string | null => {
  const changed = told.find((one) =>
    values.has(one.id) ? values.get(one.id) !== one.currentValue : isMode(one),
  );
  return changed === undefined ? null : `it changed its option “${changed.id}” to “${changed.currentValue}”`;
};

type Judged = (pinned: Pinned, update: unknown) => string | null;
/** What cannot be read may be a change. */
const judged =
  <S extends z.ZodType>(shape: S, change: (pinned: Pinned, told: z.output<S>) => string | null): Judged =>
  (pinned, update) => {
    const { data } = readShape(shape, update);
    return data === undefined ? 'it told of its mode in a form that cannot be read' : change(pinned, data);
  };

/** The updates that tell of modes and options, by their kinds: words for what is not as it was pinned. */
export const PIN_UPDATES: ReadonlyMap<string, Judged> = new Map([
  ['current_mode_update', judged(modeTold, (pinned, { currentModeId }) => modeChange(pinned, currentModeId))],
  [
    'config_option_update',
    judged(optionsTold, (pinned, { configOptions }) => optionChange(pinned, configOptions)),
  ],
]);

/** Why the answer to the step shows that it was not taken, or null. */
export const notTaken = (step: PinStep, answer: unknown): string | null => {
  if (step.is !== 'set_option') return null;
  const { data } = readShape(optionsTold, answer);
  const option = data?.configOptions.find(({ id }) => id === step.configId);
  return option?.currentValue === step.value ? null : `it did not take the mode “${step.value}”`;
};
