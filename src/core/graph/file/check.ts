/** What a schema cannot see: names that must exist, edges that mean nothing, policy nobody can satisfy. */
import { schnorr } from '@noble/curves/secp256k1.js';
import { remembered } from '../../encoding/remembered.ts';
import { checkApprovals } from '../approvals.ts';
import { type Edge, edgeText, type TypeInfo } from '../edges.ts';
import { type Graph, type GraphNode, makeGraph, personOf, type UserNode } from '../model.ts';
import { checkEdges, knownNode, unknownType } from './check-edges.ts';
import type { Checked, GraphDraft } from './draft.ts';
import { listOf, valueAt } from './raw.ts';
import { checkCycles, checkIdle, checkNetwork, checkReach, workOver } from './reach.ts';
import type { Report } from './report.ts';

const hasPoint = remembered(({ pubkey }: UserNode): boolean => {
  try {
    schnorr.utils.lift_x(BigInt(`0x${pubkey}`));
    return true;
  } catch {
    return false;
  }
});

const checkPubkeys = (draft: GraphDraft, report: Report): void => {
  const owners = new Map<string, string>();
  for (const [name, node] of draft.nodes) {
    if (node?.kind !== 'user') continue;
    const path = `nodes.${name}.pubkey`;
    const owner = owners.get(node.pubkey);
    if (owner !== undefined)
      report.add('duplicate_pubkey', path, `\`${name}\` has the pubkey of \`${owner}\`: one key, one node`);
    else if (!hasPoint(node)) report.add('pubkey', path, 'is not a public key: not a point of secp256k1');
    owners.set(node.pubkey, name);
  }
};

/** Whose touch it is must be known: two keys of one person may share one. */
const checkSshKeys = (draft: GraphDraft, report: Report): void => {
  const owners = new Map<string, string>();
  for (const [name, node] of draft.nodes) {
    if (node?.kind !== 'user') continue;
    const person = personOf(name, node);
    for (const key of node.ssh ?? []) {
      const owner = owners.get(key) ?? person;
      if (owner !== person)
        report.add(
          'duplicate_ssh_key',
          `nodes.${name}.ssh`,
          `a key of \`${name}\` is also of \`${owner}\`: one key, one person`,
        );
      owners.set(key, owner);
    }
  }
};

const checkNames = (draft: GraphDraft, report: Report): void => {
  const declared = {
    secret: draft.secrets && new Set(draft.secrets),
    principal: draft.principals && new Set(draft.principals),
  };
  const known = (what: keyof typeof declared, name: string, place: string) => {
    const among = declared[what];
    if (among === null || among.has(name)) return;
    report.add(`unknown_${what}`, place, `no ${what} \`${name}\` is declared`, { word: name, among });
  };
  if (declared.secret === null && declared.principal === null) return;
  for (const name of draft.nodes.keys()) {
    const path = `nodes.${name}`;
    const raw = (...keys: string[]) => valueAt(draft.raw, ['nodes', name, ...keys]);
    const auth = raw('engine', 'auth');
    if (typeof auth === 'string' && auth.startsWith('secret:'))
      known('secret', auth.slice('secret:'.length), `${path}.engine.auth`);
    for (const keys of [['secrets'], ['policy', 'secrets']])
      for (const [i, secret] of listOf(raw(...keys)).entries())
        known('secret', secret, [path, ...keys, i].join('.'));
    const principal = raw('workspace', 'principal');
    if (typeof principal === 'string') known('principal', principal, `${path}.workspace.principal`);
  }
};

/** A node that cannot be read as a whole still names approvers: they are judged with the others. */
const checkUnreadApprovers = (draft: GraphDraft, report: Report): void => {
  for (const [name, node] of draft.nodes) {
    const rules = node === null ? valueAt(draft.raw, ['nodes', name, 'policy', 'approval']) : undefined;
    if (typeof rules !== 'object' || rules === null) continue;
    for (const operation of Object.keys(rules))
      for (const [i, approver] of listOf(valueAt(rules, [operation, 'by'])).entries())
        knownNode(approver, `nodes.${name}.policy.approval.${operation}.by.${i}`, draft, report);
  }
};

/** Bound of the ledger's record of a revision. */
const MAX_USERS = 1_000;
const checkSize = (draft: GraphDraft, report: Report): void => {
  const users = [...draft.nodes.values()].filter((node) => node?.kind === 'user').length;
  if (users > MAX_USERS)
    report.add('out_of_bounds', 'nodes', `has ${users} users; a revision names at most ${MAX_USERS}`);
};

const checkTests = (draft: GraphDraft, types: readonly TypeInfo[], report: Report): void => {
  for (const { test, path } of draft.tests) {
    knownNode(test.from, path, draft, report);
    knownNode(test.to, path, draft, report);
    if (!types.some((info) => info.type === test.type)) unknownType(test.type, path, types, report);
  }
};

/**
 * The graph of the nodes that could be read, so that one bad part hides no problem of the others. An edge stands in it once:
 * a decision looks at all edges of its pair.
 */
const soundGraph = (draft: GraphDraft, paths: ReadonlyMap<string, string>): Graph => {
  const nodes = new Map<string, GraphNode>();
  for (const [name, node] of draft.nodes) if (node) nodes.set(name, node);
  const edges = draft.edges
    .filter(({ edge, path }) => paths.get(edgeText(edge)) === path)
    .map(({ edge }) => edge);
  return makeGraph({ name: 'draft', nodes, edges, tests: [], secrets: null, principals: null });
};

/** Reports every semantic problem of a draft; `whole` is the graph that it is where all of it could be read. */
export const check = (
  draft: GraphDraft,
  types: readonly TypeInfo[],
  report: Report,
  whole: Graph | null = null,
): void => {
  checkPubkeys(draft, report);
  checkSshKeys(draft, report);
  const paths = checkEdges({ draft, types, report });
  checkNames(draft, report);
  checkUnreadApprovers(draft, report);
  checkSize(draft, report);
  checkTests(draft, types, report);
  const graph = whole && paths.size === draft.edges.length ? whole : soundGraph(draft, paths);
  const pathOf = (edge: Edge): string => paths.get(edgeText(edge)) ?? 'edges';
  const checked: Checked = { draft, graph, types, report, pathOf };
  checkApprovals(checked);
  const work = workOver(checked);
  checkCycles(checked, work);
  checkNetwork(checked);
  // A part that could not be read may be the missing way, so reachability is judged on sound files only.
  if (report.errors === 0) {
    checkReach(checked, work);
    checkIdle(checked);
  }
};
