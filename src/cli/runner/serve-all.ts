/** The runners of one machine, in one process: each serves its own federation, and together they have its places and memory. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import * as Flags from '@oclif/core/flags';
import { memoryHere } from '../../adapters/system/memory.ts';
import { CAPACITY } from '../../core/bounds.ts';
import { MAKES_HOME } from '../../core/command-words.ts';
import { fits } from '../../core/encoding/grammar.ts';
import { EntangleError } from '../../core/errors.ts';
import { NAME } from '../../core/grammars.ts';
import { TurnRoom } from '../../services/runner/turn-room.ts';
import { runnerConfig } from '../../services/setup/config.ts';
import { capacityOptions, passphraseFile, runnerName } from '../kit/flags.ts';
import { logFlags } from '../kit/logging.ts';
import { hintAgain } from '../kit/same-home.ts';
import type { HomePaths } from '../kit/settings.ts';
import { requireMember } from '../wiring/home-config.ts';
import { isNotedLeft, WHEN_LEFT } from '../wiring/leave-wish.ts';
import { wireRunner } from '../wiring/runner-process.ts';
import type { Serving, WireOptions } from '../wiring/serving.ts';

export const runnerServeFlags = {
  runner: runnerName,
  ...logFlags,
  all: Flags.boolean({
    description: 'every runner of this home, of whatever federation, with one capacity for all of them',
    env: 'ENTANGLE_ALL_RUNNERS',
  }),
  capacity: Flags.integer({
    ...capacityOptions,
    description:
      'with --all: maximum number of turns of all runners at the same time (default: the largest of theirs)',
    dependsOn: ['all'],
  }),
  'passphrase-file': passphraseFile,
};

const namesIn = (directory: string): string[] =>
  existsSync(directory)
    ? readdirSync(directory, { withFileTypes: true })
        .filter((one) => one.isDirectory() && fits(NAME, one.name))
        .map(({ name }) => name)
        .sort()
    : [];

/** Serves all or, where one cannot, none: a federation that is left out would wait for its runner without a word. */
export const wireRunners = async (
  paths: HomePaths,
  capacity: number | undefined,
  options: WireOptions,
): Promise<Serving> => {
  // Who left is served no more, and keeps nobody else from it
  const all = namesIn(join(paths.root, 'runner'));
  const names = all.filter((name) => !isNotedLeft(paths.runner(name)));
  if (all.length > 0 && names.length === 0)
    throw new EntangleError('conflict', `each runner of ${paths.root} has left its federation`, {
      hint: WHEN_LEFT,
    });
  if (names.length === 0)
    throw new EntangleError('not_found', `no runner in ${paths.root}`, {
      hint: `create its key first: \`${MAKES_HOME.runner}\`, then \`entangle runner join INVITE\``,
    });
  const of = async (name: string) => requireMember(paths.runner(name), runnerConfig, 'runner');
  const configs = await Promise.all(names.map((name) => of(name).catch(named(name))));
  const most = capacity ?? Math.max(CAPACITY.least, ...configs.map((config) => config.capacity));
  const room = new TurnRoom(most, (await memoryHere()) ?? undefined);
  const open: Serving[] = [];
  const close = async (): Promise<void> => {
    await Promise.all(open.map((one) => one.close()));
  };
  try {
    // One after the other: each may ask for its passphrase
    for (const name of names) {
      const log: WireOptions['log'] = (level, text) => options.log(level, `runner ${name}: ${text}`);
      open.push(
        await wireRunner(paths, name, { ...options, log, tell: options.tell && log }, room).catch(
          named(name),
        ),
      );
    }
  } catch (error) {
    await close();
    throw error;
  }
  return {
    lines: servedText(new Map(open.map(({ lines }, at) => [names[at]!, lines])), most),
    ended: Promise.race([...open.map(faultOf), Promise.all(open.map(({ ended }) => ended)).then(() => null)]),
    close,
  };
};

/** One that leaves ends by itself, and the others go on. */
const faultOf = async ({ ended }: Serving): Promise<Error> => (await ended) ?? new Promise<never>(() => {});

/** By the name that each has in this home: in their federations several may be called the same. */
export const servedText = (served: ReadonlyMap<string, readonly string[]>, most: number): string[] => [
  ...[...served].flatMap(([name, lines]) => lines.map((line) => `${name}: ${line}`)),
  `together: capacity ${most}`,
];

/** Says which of several it is about. */
const named =
  (name: string) =>
  (error: unknown): never => {
    if (!(error instanceof EntangleError)) throw error;
    const { code, message, hint } = error;
    throw new EntangleError(code, `runner ${name}: ${message}`, {
      ...(hint !== undefined && { hint: hintAgain(hint, { kind: 'runner', name }) }),
    });
  };
