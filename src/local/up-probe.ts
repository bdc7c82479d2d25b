/** The agent of `up`, tried as `runner probe` tries it, where that was not done since it was installed. */

import { join } from 'node:path';
import { standingProbes } from '../adapters/engines/acp/probe/kept.ts';
import { OWN_NAME } from '../cli/kit/repository-home.ts';
import { holdsCommands } from '../core/acp/probe.ts';
import { agentText, type ProbeRecord } from '../core/acp/probe-record.ts';
import { EntangleError } from '../core/errors.ts';
import type { Processes } from '../ports/index.ts';
import type { FederationWanted } from './graph-file.ts';

type Tried = Pick<ProbeRecord, 'version' | 'facts' | 'why'>;
/** What is in the way may be gone by the next time: that is no result to keep to. */
const isUntried = ({ facts }: Pick<Tried, 'facts'>): boolean =>
  // Its mode is pinned before it does anything
  Object.entries(facts).every(([fact, finding]) => fact === 'mode_pinned' || finding === 'untried');

/** Of one that was tried, in words. */
export const triedText = (name: string, tried: Tried): string => {
  const { version, facts, why } = tried;
  const what = `${name}${version === null ? '' : ` ${version}`}`;
  if (isUntried(tried))
    return `${what}: could not be tried: ${why ?? 'it did nothing'}; what it said: \`entangle runner probe ${quoted(name)}\``;
  return holdsCommands(facts)
    ? `${what}: asks before a command, and leaves what is rejected`
    : `${what}: does not ask before every command, so nobody is asked about some of them`;
};

const quoted = (name: string): string => (name.includes(' ') ? `"${name}"` : name);

/** What cannot be tried, or does not come through, is no reason to start nothing: its turns say what is wrong. */
export const probeOnce = async (
  { home, run }: Processes,
  { agent, engine, sandbox }: FederationWanted,
  say: (text: string) => void,
): Promise<void> => {
  if (agent === undefined || engine.type !== 'acp') return;
  if (agent.tried === null) {
    say(
      `agent    ${engine.profile}: cannot be tried here, since the model of a probe speaks another API than its own`,
    );
    return;
  }
  const { profile, command } = engine;
  const named = agentText({ ...(profile && { profile }), ...(command && { command }) });
  const kept = await standingProbes(join(home, 'runner', OWN_NAME))();
  let record: Tried | undefined = kept.findLast(
    (one) => one.agent === named && one.sandbox === sandbox && !isUntried(one),
  );
  if (record === undefined) say(`agent    ${agent.tried}: is tried first, without a model`);
  try {
    record ??= await run<ProbeRecord>([
      'runner',
      'probe',
      agent.tried,
      '--runner',
      OWN_NAME,
      '--sandbox',
      sandbox,
    ]);
    say(`agent    ${triedText(agent.tried, record)}`);
  } catch (error) {
    if (!(error instanceof EntangleError) || error.code === 'interrupted') throw error;
    say(`agent    ${agent.tried}: ${error.message}`);
  }
};
