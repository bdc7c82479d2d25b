/** What a runner keeps of a probe: of an agent that asks before each command, if nothing else is said. */
import type { ProbeRecord } from '../../src/core/acp/probe-record.ts';

export const probedAs = (agent: string, more: Partial<ProbeRecord> = {}): ProbeRecord => ({
  ...{ agent, sandbox: 'none', programs: 'a'.repeat(64), version: null, at: 1, binding: null, why: null },
  facts: {
    ...{ command_asked: 'yes', command_rejected: 'yes', command_cancelled: 'yes', command_through: 'no' },
    ...{ edit_asked: 'no', edit_rejected: 'untried', edit_through: 'no' },
    ...{ outside_asked: 'untried', outside_rejected: 'untried' },
    ...{ subagent_asked: 'untried', mode_pinned: 'untried' },
  },
  ...more,
});
const { facts } = probedAs('');
/** The same of one that runs commands without asking. */
export const UNASKED_FACTS: ProbeRecord['facts'] = { ...facts, command_asked: 'no' };
/** The same of one that did nothing. */
export const UNTRIED_FACTS = Object.fromEntries(
  Object.keys(facts).map((fact) => [fact, 'untried']),
) as ProbeRecord['facts'];
