/** Shape of the graph file: strict, every string and list bounded; published by `graph schema` for editors. */
import * as z from 'zod';
import {
  MAX_EXPIRES_SECONDS,
  MAX_GRAPH,
  MAX_NETWORK,
  MAX_NODE_SECRETS,
  MAX_REPOSITORY,
  MAX_SSH_KEY,
  MAX_SSH_KEYS,
  MAX_TRAILERS,
} from '../../bounds.ts';
import { once } from '../../encoding/once.ts';
import { labels, matching, name, seconds } from '../../encoding/schema.ts';
import {
  BRANCH_PATTERN,
  COMMIT_AUTHOR,
  COMMIT_SUBJECT,
  COMMIT_TRAILER,
  NETWORK_TARGET,
  PUBLIC_KEY_TEXT,
  RATE,
} from '../../grammars.ts';
import {
  ASSURANCES,
  BINDINGS,
  EVIDENCE_LEVELS,
  OPERATIONS,
  RELATIONS,
  SANDBOX_KINDS,
} from '../../vocabulary.ts';
import { engineSchema } from '../engines.ts';
import { targetProblem } from '../network.ts';
import { branchProblem, patternProblem, repositoryProblem, sshKeyProblem } from './address.ts';

/** A string with a named check; `problem` completes the sentence "`value` …". */
const checked = (limit: number, problem: (text: string) => string | null) =>
  z
    .string()
    .min(1)
    .max(limit)
    .superRefine((text, context) => {
      const words = problem(text);
      if (words !== null) context.addIssue({ code: 'custom', message: words });
    });

const secretNames = once(() => z.array(name).max(MAX_NODE_SECRETS));
const duration = once(() => seconds({ least: 1_000, most: MAX_EXPIRES_SECONDS * 1_000 }));
const approvalSchema = once(() =>
  z.strictObject({
    by: z.array(name).max(32).describe('User nodes that may approve; an empty list is nobody.'),
    quorum: z.int().min(1).max(32).exactOptional().describe('Distinct persons needed; 1 when left out.'),
    four_eyes: z.boolean().exactOptional().describe('Whoever launched the task may not approve it.'),
    expires: duration().exactOptional().describe('How long an approval request stays open.'),
    binding: z
      .enum(BINDINGS)
      .exactOptional()
      .describe(
        'How much a request has to bind: of command.run declared when left out, of file.write its content.',
      ),
    assurance: z
      .enum(ASSURANCES)
      .exactOptional()
      .describe(
        'touch: each approval of source.publish also has a signature by an `sk-` SSH key that was touched.',
      ),
  }),
);

const networkTarget = once(() =>
  matching(NETWORK_TARGET)
    .max(MAX_NETWORK.target)
    .superRefine((text, context) => {
      const words = NETWORK_TARGET.pattern.test(text) ? targetProblem(text) : null;
      if (words !== null) context.addIssue({ code: 'custom', message: words });
    }),
);
const policySchema = once(() =>
  z.strictObject({
    approval: z.partialRecord(z.enum(OPERATIONS), approvalSchema()).exactOptional(),
    sandbox: z.enum(SANDBOX_KINDS).exactOptional().describe('bwrap when left out.'),
    require: z.literal('enforced').exactOptional().describe('Never placed where policy cannot be enforced.'),
    network: z
      .array(
        networkTarget(),
        'must be a list of HOST:PORT, such as ["api.example.com:443"], and [] for no network',
      )
      .max(MAX_NETWORK.targets)
      .exactOptional()
      .describe('What turns reach, as HOST:PORT, besides the endpoint of the engine; nothing when left out.'),
    budget: z
      .strictObject({
        hops: z.int().min(1).max(16).exactOptional(),
        turns: z.int().min(1).max(1_000).exactOptional(),
        time: duration().exactOptional(),
      })
      .exactOptional()
      .describe('How far a task may travel from here.'),
    secrets: secretNames().exactOptional().describe('Same as `secrets` of the node.'),
  }),
);

const userSchema = once(() =>
  z.strictObject({
    kind: z.literal('user'),
    pubkey: matching(PUBLIC_KEY_TEXT),
    person: name.exactOptional().describe('Two keys of one person count once in a quorum.'),
    ssh: z
      .array(checked(MAX_SSH_KEY, sshKeyProblem))
      .max(MAX_SSH_KEYS)
      .exactOptional()
      .describe('SSH public keys with which the person also signs approvals, as a `.pub` file has them.'),
  }),
);
const agentSchema = once(() =>
  z.strictObject({
    kind: z.literal('agent'),
    engine: engineSchema(),
    workspace: z
      .strictObject({
        repository: checked(MAX_REPOSITORY, repositoryProblem).describe(
          'https, ssh, file or user@host:path.',
        ),
        base: checked(200, branchProblem),
        principal: name.exactOptional().describe('Git principal that commits and pushes.'),
        author: matching(COMMIT_AUTHOR)
          .exactOptional()
          .describe('Author and committer, as `Name <email>`; NAME@entangle.invalid when left out.'),
        message: matching(COMMIT_SUBJECT)
          .exactOptional()
          .describe(
            'First line of each commit message; {title} of the task, {node}, {session} and {change} are filled in; {title} when left out.',
          ),
        trailers: z
          .array(matching(COMMIT_TRAILER))
          .max(MAX_TRAILERS)
          .exactOptional()
          .describe('Lines below each commit message; {node}, {session} and {change} are filled in.'),
        branch: matching(BRANCH_PATTERN)
          .superRefine((text, context) => {
            const words = BRANCH_PATTERN.pattern.test(text) ? patternProblem(text) : null;
            if (words !== null) context.addIssue({ code: 'custom', message: words });
          })
          .exactOptional()
          .describe('Branch of a session; entangle/{node}/{session} when left out.'),
        publish: z
          .literal('target')
          .exactOptional()
          .describe('What is approved lands on `base`; on the branch of its session when left out.'),
        evidence: z
          .enum(EVIDENCE_LEVELS)
          .exactOptional()
          .describe(
            'What is put beside approved commits for anybody to check: signed events with all texts, without any, or nothing; digests when left out.',
          ),
      })
      .refine(({ branch, publish }) => branch === undefined || publish === undefined, {
        path: ['branch'],
        message: 'has no use where `publish: target` puts commits on `base`',
      })
      .refine(({ base, branch }) => !branch?.startsWith(`${base}/`), {
        path: ['branch'],
        message: 'lies below `base`, and git keeps no branch below another',
      })
      .exactOptional(),
    policy: policySchema().exactOptional(),
    placement: z
      .strictObject({
        labels: labels.exactOptional(),
        runner: name.exactOptional(),
      })
      .exactOptional(),
    secrets: secretNames().exactOptional().describe('Secrets that turns get as files.'),
  }),
);
export const nodeSchema = once(() => z.discriminatedUnion('kind', [userSchema(), agentSchema()]));
export type NodeShape = z.infer<ReturnType<typeof nodeSchema>>;
/** The one that reads such a node: a graph of agents makes no schema of people, as most of what a start costs is making them. */
export const nodeSchemaOf = (node: unknown): z.ZodType<NodeShape> => {
  const kind = typeof node === 'object' && node !== null && 'kind' in node ? node.kind : undefined;
  if (kind === 'user') return userSchema();
  return kind === 'agent' ? agentSchema() : nodeSchema();
};

export const edgeTextSchema = once(() =>
  z
    .string()
    .max(200)
    .regex(/^\S+ +\S+ +\S+$/, 'must read `A relation B`'),
);
export const edgeObjectSchema = once(() =>
  z.strictObject({
    from: name,
    relation: z.enum(RELATIONS),
    to: name,
    only: z
      .array(z.string().min(1).max(64))
      .min(1, 'is empty: use `disabled: true` to stop everything')
      .max(32)
      .exactOptional()
      .describe('Types that may pass, in either direction; every type of the relation when left out.'),
    max_concurrent: z.int().min(1).max(10_000).exactOptional(),
    rate: matching(RATE).exactOptional(),
    disabled: z.boolean().exactOptional(),
  }),
);
export type EdgeShape = z.infer<ReturnType<typeof edgeObjectSchema>>;
export const testSchema = once(() =>
  z
    .string()
    .max(300)
    .regex(/^\S+ +(may|may_not) +\S+ +\S+$/, 'must read `A may TYPE B` or `A may_not TYPE B`'),
);

const declared = once(() => z.array(name).max(1024));
const title = once(() => name.describe('Name of the graph.'));
/** The outermost layer alone: its parts are checked one by one, so that one bad part hides no other. */
export const outerSchema = once(() =>
  z.strictObject({
    graph: title(),
    nodes: z.record(z.string(), z.unknown()),
    edges: z.array(z.unknown()).max(MAX_GRAPH.edges).exactOptional(),
    tests: z.array(z.unknown()).max(MAX_GRAPH.tests).exactOptional(),
    secrets: declared().exactOptional(),
    principals: declared().exactOptional(),
  }),
);
/** The whole file. */
export const fileSchema = once(() =>
  z.strictObject({
    graph: title(),
    nodes: z
      .record(name, nodeSchema())
      .refine((all) => Object.keys(all).length <= MAX_GRAPH.nodes, `must be at most ${MAX_GRAPH.nodes} nodes`)
      .describe('People and agents by name.'),
    edges: z
      .array(z.union([edgeTextSchema(), edgeObjectSchema()]))
      .max(MAX_GRAPH.edges)
      .exactOptional()
      .describe('Who may talk to whom: `A relation B`, or an object that narrows it.'),
    tests: z.array(testSchema()).max(MAX_GRAPH.tests).exactOptional().describe('Run by `graph test`.'),
    secrets: declared().exactOptional().describe('Secrets that exist; unknown names are then refused.'),
    principals: declared().exactOptional().describe('Git principals that exist.'),
  }),
);

/** JSON Schema of the file, for editors and for `graph schema`. */
export const graphJsonSchema = (): Record<string, unknown> => ({
  ...z.toJSONSchema(fileSchema(), { io: 'input' }),
  title: 'entangle graph',
});
