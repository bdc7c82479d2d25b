/** An approved commit with what stands beside it, genuine unless a test asks for something else. */
import { logPublicKey, logSign } from '../../src/core/crypto/ed25519.ts';
import { armorSignature } from '../../src/core/crypto/ssh-signature.ts';
import { fromBase64, fromUtf8, toBase64, toHex, utf8 } from '../../src/core/encoding/bytes.ts';
import { digestOf } from '../../src/core/encoding/canonical.ts';
import type { CommitFacts, Wanted } from '../../src/core/evidence/case.ts';
import { preAuthEncoding } from '../../src/core/evidence/dsse.ts';
import { type Attested, writeAttested } from '../../src/core/evidence/read.ts';
import { type Predicate, writeStatement } from '../../src/core/evidence/statement.ts';
import { writeTlogProof } from '../../src/core/evidence/tlog-proof.ts';
import { approvalLine } from '../../src/core/evidence/touch.ts';
import { policyDigest, termsOf } from '../../src/core/graph/approvals.ts';
import type { Graph } from '../../src/core/graph/model.ts';
import { leafOf } from '../../src/core/ledger/line.ts';
import { merkleRoot } from '../../src/core/ledger/merkle.ts';
import { logOrigin, noteText, writeNote } from '../../src/core/ledger/note.ts';
import { createSubtrees, inclusionRanges } from '../../src/core/ledger/subtrees.ts';
import type { SignedEvent } from '../../src/core/nostr/event.ts';
import type { PublishSubject } from '../../src/core/protocol/messages/publish-subject.ts';
import type { Decision } from '../../src/core/vocabulary.ts';
import { graphOf } from '../sim/single-home.ts';
import { testSshKey } from './ssh-token.ts';
import { type Name, NOW, uuidOf, type World } from './world.ts';

export const LOG_KEY = new Uint8Array(32).fill(7);
const hex = (byte: string, bytes = 32) => byte.repeat(bytes);
export const FACTS: CommitFacts = {
  commit: hex('c0', 20),
  tree: hex('7e', 20),
  change: { changes: hex('cd'), hunks: hex('df') },
  paths: ['src/a.txt'],
};
const REMOTE = 'https://example.org/app.git';
/** Of who decides: one on a token, and one that is not. */
export const TOKEN = testSshKey({ seed: 1 });
export const PLAIN = testSshKey({ seed: 2, isToken: false });
const graphText = (quorum: number, eyes: boolean, touch: boolean) => `graph: acme
nodes:
  alice: { kind: user, pubkey: $user, ssh: ["${TOKEN.line}"] }
  bob: { kind: user, pubkey: $bob, ssh: ["${testSshKey({ seed: 3 }).line}", "${PLAIN.line}"] }
  builder:
    kind: agent
    engine: { type: exec, auth: none, command: ["true"] }
    workspace: { repository: "${REMOTE}", base: main }
    policy: { sandbox: none, approval: { source.publish: { by: [alice, bob], quorum: ${quorum}, four_eyes: ${eyes}${touch ? ', assurance: touch' : ''} } } }
edges: [alice delegates_to builder, alice approves builder, bob approves builder]
`;

export type Attesting = {
  facts?: CommitFacts;
  remote?: string;
  quorum?: number;
  eyes?: boolean;
  touch?: boolean;
  /** Who also signs by SSH, and what: over the digest, by the name in the graph. */
  ssh?: Readonly<Record<string, (line: string) => string>>;
  /** Who decides, and how. */
  votes?: readonly (readonly [Name, Decision])[];
  at?: number;
  subject?: Partial<PublishSubject>;
  /** Changed after people signed. */
  predicate?: (said: Predicate) => Predicate;
  tree?: string;
  /** The text of the statement, before it is signed. */
  written?: (text: string) => string;
  /** Whose approvals are among the events. */
  shown?: readonly Name[];
  logKey?: Uint8Array<ArrayBuffer>;
  /** That the Host's event names; that of the signature when left out. */
  /** Whether the proof is there that it is in the log, and what is other in it. */
  logged?: boolean | Partial<Proving>;
  saidLogKey?: Uint8Array<ArrayBuffer>;
};

export const signLogged = (payload: string, key = LOG_KEY) => ({
  payload,
  log: toHex(logPublicKey(key)),
  sig: toBase64(logSign(preAuthEncoding(fromBase64(payload)), key)),
});

export type Proving = {
  graph: string;
  key: Uint8Array<ArrayBuffer>;
  /** Numbers of its line, and of the last one. */
  n: number;
  size: number;
  /** The text, before it is written. */
  changed: (text: string) => string;
};
/** As the Host of a ledger of a few lines gives it. */
export const provedLogged = (world: World, event: SignedEvent, given: Partial<Proving> = {}): string => {
  const { graph = world.graph, key = LOG_KEY, n = 3, size = 5, changed = same } = given;
  const { sha256 } = world.suite;
  const line = { n, at: '2026-11-29T09:00:00.000Z', dir: 'out' as const, event };
  const leaves = Array.from({ length: size }, (_, i) =>
    i === n - 1 ? leafOf(sha256, line) : toHex(sha256(Uint8Array.of(i))),
  );
  const head = { origin: logOrigin(graph), size, root: merkleRoot(sha256, leaves) };
  const sig = toBase64(logSign(utf8(noteText(head)), key));
  const note = writeNote(sha256, head, { log: toHex(logPublicKey(key)), sig });
  const ranges = inclusionRanges(n - 1, size);
  const trees = createSubtrees(sha256, size, ranges);
  for (const leaf of leaves) trees.add(leaf);
  const path = ranges.map((range) => trees.rootOf(range));
  return changed(writeTlogProof({ line, path, note }));
};

const same = <T>(value: T): T => value;

export const termsIn = (graph: Graph) => termsOf(graph, 'builder', 'source.publish')!;

export const attest = (world: World, given: Attesting = {}): Attested => {
  const { actors, suite } = world;
  const { facts = FACTS } = given;
  const { quorum = 1, eyes = false, votes = [['bob', 'approved'] as const], logKey = LOG_KEY } = given;
  const terms = termsIn(graphOf(world, graphText(quorum, eyes, given.touch ?? false)));
  const sha256 = (text: string) => toHex(suite.sha256(utf8(text)));
  const [approval, session] = [uuidOf(1), uuidOf(2)];
  const subject: PublishSubject = {
    ...{ domain: 'entangle/subject/1', graph: world.graph, policy: policyDigest(terms, sha256) },
    ...{ approval, session, attempt: 1, fence: 1, operation: 'source.publish', expiresAt: NOW + 3600 },
    ...{
      remote: given.remote ?? REMOTE,
      ref: 'refs/heads/x',
      expectedHead: null,
      commit: facts.commit,
      ...facts.change!,
    },
    ...given.subject,
  };
  const subjectDigest = digestOf(suite, subject);
  const approvals = votes.map(([from, decision]) =>
    world.compose({
      ...{ type: 'approval.response' as const, from, to: 'node' as const, re: hex('ab') },
      ...{ at: given.at ?? NOW, body: { approval, decision, subject, subjectDigest } },
    }),
  );
  const personOf: Partial<Record<Name, string>> = { user: 'alice', bob: 'bob', stranger: 'bob' };
  const said: Predicate = {
    ...{ subject, subjectDigest, revision: { n: 1, digest: hex('0a') } },
    terms: terms as Predicate['terms'],
    requesters: [{ name: 'alice', person: 'alice', pubkey: actors.user.pubkey }],
    decisions: votes.map(([from], i) => ({
      ...{ event: approvals[i]!.id, pubkey: actors[from].pubkey, person: personOf[from]! },
    })),
    node: { name: 'builder', pubkey: actors.node.pubkey },
    runner: { name: 'r1', pubkey: actors.runner.pubkey },
    ...{ engine: 'exec', sandbox: 'none' },
  };
  const made = fromUtf8(
    fromBase64(writeStatement(given.tree ?? facts.tree, (given.predicate ?? same)(said))),
  );
  const payload = toBase64(utf8((given.written ?? same)(made)));
  const statement = signLogged(payload, logKey);
  const named = given.saidLogKey ? { ...statement, log: toHex(logPublicKey(given.saidLogKey)) } : statement;
  const host = world.compose({
    ...{ type: 'evidence.statement', from: 'host', to: 'runner', re: hex('ac') },
    body: { session, approval, statement: named },
  });
  const shown = given.shown ?? votes.map(([from]) => from);
  const isShown = (pubkey: string) => shown.some((name) => actors[name].pubkey === pubkey);
  const signatures = Object.entries(given.ssh ?? {}).map(([name, sign]) => [
    name,
    armorSignature(sign(approvalLine(subjectDigest))),
  ]);
  const events = [host, ...approvals.filter(({ pubkey }) => isShown(pubkey))];
  const proof = given.logged && provedLogged(world, host, given.logged === true ? {} : given.logged);
  return writeAttested(statement, events, Object.fromEntries(signatures), proof || undefined);
};

export const wantedOf = ({ actors }: World, more: Partial<Wanted> = {}): Wanted => ({
  authorities: [actors.host.pubkey],
  remotes: ['git@example.org:app.git'],
  branch: null,
  quorum: 1,
  exact: false,
  touch: false,
  logged: false,
  rules: [],
  retired: [],
  ...more,
});
