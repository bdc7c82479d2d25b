/** What `up` says when everything runs. */

import { startedAs } from '../adapters/engines/acp/profiles.ts';
import { shellWord } from '../core/encoding/shell-word.ts';
import type { EngineSpec } from '../core/graph/engines.ts';
import type { SandboxKind } from '../core/vocabulary.ts';
import { DEMO_ENGINE, shellEngine } from './demo-repository.ts';
import type { Federation } from './federation.ts';
import { commandEngine } from './graph-file.ts';
import { agentEngine } from './up-agent.ts';
import { exampleTask } from './up-engine.ts';
import type { UpState } from './up-state.ts';

export type UpReady = {
  what: 'up';
  home: string;
  repository: string;
  base: string;
  engine: { command: readonly string[]; demo: boolean };
  /** One that is spoken with. */
  agent: { name: string; model: string | null; endpoint: string | null } | null;
  sandbox: { kind: SandboxKind; enforced: boolean; detail: string };
  capacity: number;
  relay: string;
  federation: { host: string; runner: string; user: string; node: string };
  processes: { name: string; pid: number }[];
  /** Lines to type in another terminal. */
  next: string[];
};

/** Name of the one agent. */
export const NODE = 'builder';

export const engineOf = ({ agent, engine }: UpState): EngineSpec =>
  agent ? agentEngine(agent) : commandEngine(shellEngine(engine ?? DEMO_ENGINE));
const commandOf = (spec: EngineSpec): readonly string[] =>
  spec.type === 'acp' ? startedAs(spec) : spec.command;

/** A home that was named is not found from the repository. */
export const readyOf = (
  home: string,
  isNamed: boolean,
  state: UpState,
  detail: string,
  federation: Federation,
): UpReady => {
  const { relay, host, runner, user, node, servers } = federation;
  return {
    what: 'up',
    home,
    repository: state.repository,
    base: state.base,
    engine: { command: commandOf(engineOf(state)), demo: state.engine === null && state.agent === null },
    agent: state.agent && {
      name: state.agent.name,
      model: state.agent.model,
      endpoint: state.agent.endpoint,
    },
    sandbox: { kind: state.sandbox, enforced: state.sandbox === 'bwrap', detail },
    capacity: state.capacity,
    relay,
    federation: { host, runner, user, node },
    processes: servers.map(({ name, pid }) => ({ name, pid })),
    next: [
      ...(isNamed ? [`export ENTANGLE_HOME=${shellWord(home)}`] : []),
      `entangle user ask ${NODE} "${exampleTask(state.agent?.name ?? state.engine)}"`,
      'entangle user inbox',
      'entangle user watch',
    ],
  };
};
