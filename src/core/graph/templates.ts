/** Graphs to start from: each validates without a warning, and its own tests pass. */
export const TEMPLATES = ['solo', 'pair', 'team'] as const;
export type Template = (typeof TEMPLATES)[number];
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

const agent = (
  { user, repository, base }: TemplateValues,
  name: string,
  about: string,
  publishes: boolean,
): string => `
  # ${about}
  ${name}:
    kind: agent
    # Runs for each turn; the task is in the file named by ENTANGLE_TASK_FILE and on standard input.
    engine: { type: exec, auth: none, command: ["bash", "-c", ". \\"$ENTANGLE_TASK_FILE\\""] }
    workspace: { repository: ${quote(repository)}, base: ${quote(base)} }
    policy:
      sandbox: bwrap
      budget: { hops: 4, turns: 20, time: 2h }${
        publishes
          ? `
      # Nothing is pushed until the person has approved exactly that commit.
      approval:
        source.publish: { by: [${user.name}], quorum: 1, expires: 24h }`
          : ''
      }
`;

const solo = (values: TemplateValues): string => {
  const me = values.user.name;
  return `${head(values, 'One person, one agent.')}${agent(values, 'builder', 'Does the work.', true)}
edges:
  - ${me} delegates_to builder
  - ${me} approves builder
  - builder escalates_to ${me}

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
    agent(values, 'builder', 'Does the work.', true) +
    agent(values, 'reviewer', 'Reads what the builder made, and says what it thinks.', false);
  return `${head(values, 'One person, an agent that builds and an agent that reviews.')}${nodes}
edges:
  - ${me} delegates_to builder
  - ${me} approves builder
  - reviewer reviews builder
  - builder escalates_to ${me}

tests:
  - ${me} may task.request builder
  - builder may review.request reviewer
  - reviewer may review.result builder
  # The reviewer reviews: it cannot give work, and nobody but a person approves.
  - reviewer may_not task.request builder
  - reviewer may_not approval.response builder
  - builder may approval.request ${me}
`;
};

const team = (values: TemplateValues): string => {
  const me = values.user.name;
  const nodes =
    agent(values, 'planner', 'Takes tasks from people and hands them on.', false) +
    agent(values, 'builder', 'Does the work and publishes it.', true) +
    agent(values, 'reviewer', 'Reads what the builder made.', false);
  return `${head(values, 'A person gives tasks to a planner, which hands them to a builder; a reviewer reads the result.')}
  # More people: add them here, then let them take part below.
  # bob: { kind: user, pubkey: "npub1…" }
${nodes}
edges:
  - ${me} delegates_to planner
  - planner hands_off_to builder
  - { from: builder, relation: consults, to: planner, rate: 30/hour }
  - reviewer reviews builder
  - ${me} approves builder
  - builder escalates_to ${me}
  - planner escalates_to ${me}

tests:
  - ${me} may task.request planner
  - planner may task.handoff builder
  - builder may review.request reviewer
  - builder may approval.request ${me}
  # Work goes forward, never back or around.
  - builder may_not task.handoff planner
  - ${me} may_not task.request builder
  - reviewer may_not task.request builder
`;
};

/** Text of a template: commented YAML. */
export const template = (kind: Template, values: TemplateValues): string =>
  ({ solo, pair, team })[kind](values);
