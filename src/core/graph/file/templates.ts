/** Graphs to start from: each validates without a warning, and its own tests pass. */
import type { Template } from '../../command-words.ts';

export type TemplateValues = {
  readonly graph: string;
  /** Node name and public key (npub or hex) of the person who starts. */
  readonly user: { readonly name: string; readonly pubkey: string };
  readonly repository: string;
  readonly base: string;
};

/** JSON text is YAML text, whatever the value holds. */
const quote = (text: string): string => JSON.stringify(text);

const head = ({ graph, user }: TemplateValues, about: string): string => `# ${about}
# Check: entangle graph validate FILE    Test: entangle graph test FILE    Editor help: entangle graph schema
graph: ${graph}

nodes:
  # A person. The key is made and kept on the person's own device; only its public half stands here.
  ${user.name}: { kind: user, pubkey: ${quote(user.pubkey)} }
`;

const agent = ({ user, repository, base }: TemplateValues, name: string, about: string): string => `
  # ${about}
  ${name}:
    kind: agent
    # Runs for each turn; the task is in the file named by ENTANGLE_TASK_FILE and on standard input.
    engine: { type: exec, auth: none, command: ["bash", "-c", ". \\"$ENTANGLE_TASK_FILE\\""] }
    workspace: { repository: ${quote(repository)}, base: ${quote(base)} }
    policy:
      sandbox: bwrap
      budget: { hops: 4, turns: 20, time: 2h }
      # Nothing is pushed until the person has approved exactly that commit.
      approval:
        source.publish: { by: [${user.name}], quorum: 1, expires: 24h }
`;

const solo = (values: TemplateValues): string => {
  const me = values.user.name;
  return `${head(values, 'One person, one agent.')}${agent(values, 'builder', 'Does the work.')}
edges:
  - ${me} delegates_to builder
  - ${me} approves builder

tests:
  - ${me} may task.request builder
  - builder may approval.request ${me}
  - builder may_not approval.response ${me}
  - builder may_not task.request ${me}
`;
};

const pair = (values: TemplateValues): string => {
  const me = values.user.name;
  const nodes =
    agent(values, 'builder', 'Does the work, and may give parts of it to the helper.') +
    agent(values, 'helper', 'Does what the builder gives it, and gives nothing on.');
  return `${head(values, 'One person, an agent that builds and an agent that helps it.')}${nodes}
edges:
  - ${me} delegates_to builder
  - builder delegates_to helper
  - ${me} approves builder
  - ${me} approves helper

tests:
  - ${me} may task.request builder
  - builder may task.request helper
  # Work goes one way, and nobody but a person approves.
  - helper may_not task.request builder
  - builder may_not approval.response helper
  - helper may approval.request ${me}
`;
};

const team = (values: TemplateValues): string => {
  const me = values.user.name;
  const nodes =
    agent(values, 'planner', 'Takes tasks from people and gives them out in parts.') +
    agent(values, 'builder', 'Writes the code.') +
    agent(values, 'tester', 'Writes the tests.');
  return `${head(values, 'A person gives tasks to a planner, which gives parts of them to a builder and a tester.')}
  # More people: add them here, then let them take part below.
  # bob: { kind: user, pubkey: "npub1…" }
${nodes}
edges:
  - ${me} delegates_to planner
  - planner delegates_to builder
  - { from: planner, relation: delegates_to, to: tester, rate: 30/hour }
  - ${me} approves planner
  - ${me} approves builder
  - ${me} approves tester

tests:
  - ${me} may task.request planner
  - planner may task.request builder
  - planner may task.request tester
  - builder may approval.request ${me}
  # Work goes forward, never back or around.
  - builder may_not task.request planner
  - tester may_not task.request builder
  - ${me} may_not task.request builder
`;
};

/** Text of a template: commented YAML. */
export const template = (kind: Template, values: TemplateValues): string =>
  ({ solo, pair, team })[kind](values);
