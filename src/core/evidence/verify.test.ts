/** Each row is a commit that only one check keeps from being verified. */
import { expect, test } from 'vitest';
import {
  type Attesting,
  attest,
  FACTS,
  LOG_KEY,
  PLAIN,
  signLogged,
  TOKEN,
  wantedOf,
} from '../../../test/support/attested.ts';
import { sshsigBy, type TestSshKey, testSshKey } from '../../../test/support/ssh-token.ts';
import { createWorld, NOW, uuidOf, type World } from '../../../test/support/world.ts';
import { logPublicKey } from '../crypto/ed25519.ts';
import { fromBase64, fromUtf8, toBase64, toHex, utf8 } from '../encoding/bytes.ts';
import type { CommitFacts, Wanted } from './case.ts';
import { CHECKS, DAMAGES } from './checks.ts';
import { envelopeOf } from './dsse.ts';
import type { Attested } from './read.ts';
import type { RetiredKey } from './retired.ts';
import { verifyCommit } from './verify.ts';

const world = createWorld();
const OTHER_KEY = new Uint8Array(32).fill(9);
type Row = {
  given?: Attesting;
  wanted?: Partial<Wanted>;
  facts?: Partial<CommitFacts>;
  damage?: (attested: Attested, world: World) => Attested | null;
};
const check = ({ given, wanted, facts, damage }: Row, checks = CHECKS) => {
  const made = attest(world, given);
  const attested = damage ? damage(made, world) : made;
  return verifyCommit(world.suite, { ...FACTS, ...facts }, attested, wantedOf(world, wanted), checks);
};
const byKey = (key: TestSshKey) => (line: string) => sshsigBy(key, line);
const retired = (change: Partial<RetiredKey>): RetiredKey => ({
  ...{ log: toHex(logPublicKey(LOG_KEY)), graph: world.graph, until: NOW, size: 5 },
  ...change,
});
const both = [
  ['user', 'approved'],
  ['bob', 'approved'],
] as const;
/** The same statement where a text in it is another. */
const without = (text: string, line: number): string => text.split('\n').toSpliced(line, 1).join('\n');
/** The same leaf at another time, and as if it had come in. */
const otherLeaf =
  (from: string, to: string) =>
  (leaf: string): string =>
    toBase64(utf8(flipped(fromUtf8(fromBase64(leaf)), from, to)));
const atOther = otherLeaf('09:00:00', '09:00:01');
const asIncoming = otherLeaf('"dir":"out"', '"dir":"in"');
const flipped = (text: string, from: string, to: string): string => {
  expect(text).toContain(from);
  return text.replace(from, to);
};

test.each<[string, Row]>([
  ['one of two', {}],
  ['by another way to the same repository', { wanted: { remotes: ['ssh://git@example.org/app'] } }],
  ['of a repository without a name', { wanted: { remotes: null } }],
  ['on its branch', { wanted: { branch: 'x' } }],
  ['both, and exactly', { given: { quorum: 2, votes: both }, wanted: { quorum: 2, exact: true } }],
  ['with the word of the Host for one', { given: { quorum: 2, votes: both, shown: ['bob'] } }],
  ['by somebody else than who asked', { given: { eyes: true } }],
  ['by who touched a token', { given: { touch: true, ssh: { bob: byKey(testSshKey({ seed: 3 })) } } }],
  [
    'by who touched one, of whose approval only the Host tells',
    {
      given: { touch: true, shown: [], ssh: { bob: byKey(testSshKey({ seed: 3 })) } },
      wanted: { touch: true },
    },
  ],
  ['in the log', { given: { logged: true }, wanted: { logged: true } }],
  ['as the one line of it', { given: { logged: { n: 1, size: 1 } }, wanted: { logged: true } }],
  ['in the log, where that is not wanted', { given: { logged: true } }],
  ['by whom a rule wants', { wanted: { rules: [{ by: ['alice', 'bob'] }] } }],
  [
    'where a rule is of another branch or of other paths',
    {
      wanted: {
        rules: [
          { branches: ['main'], quorum: 9 },
          { paths: ['docs/**'], by: ['carol'] },
        ],
      },
    },
  ],
  ['by a log key until it was replaced', { given: { logged: true }, wanted: { retired: [retired({})] } }],
  [
    'where another log key was replaced, or this one of another graph',
    {
      wanted: {
        retired: [retired({ log: 'ab'.repeat(32), until: 1 }), retired({ graph: 'another', until: 1 })],
      },
    },
  ],
  ['with a signature of a plain key, where no touch is wanted', { given: { ssh: { bob: byKey(PLAIN) } } }],
])('verified: %s', (_what, row) => {
  expect(check(row)).toMatchObject({ verdict: 'verified', reason: null });
});

test('whose signature is here, and for whom only the Host speaks, is told apart', () => {
  const found = check({ given: { quorum: 2, votes: both, shown: ['bob'] } });
  expect([found.signed, found.told]).toEqual([['bob'], ['alice']]);
});

const quorumOf =
  (quorum: number): NonNullable<Attesting['predicate']> =>
  (said) => ({ ...said, terms: { ...said.terms, quorum } });
const REFUSED: Record<string, [Row, ...Row[]]> = {
  no_attestation: [{ damage: () => null }],
  bad_envelope: [
    { damage: (made) => ({ ...made, statement: `${made.statement}x` }) },
    { damage: (made) => ({ ...made, statement: flipped(made.statement, 'in-toto', 'in-tota') }) },
    { damage: (made) => ({ ...made, statement: flipped(made.statement, '}\n', '} ') }) },
    { damage: (made) => ({ ...made, statement: flipped(made.statement, '"payload":', '"payload": ') }) },
  ],
  bad_statement: [
    { given: { written: (text) => `${text} ` } },
    { given: { written: (text) => text.replace('"engine":"exec"', '"engine":"exec","extra":1') } },
    {
      damage: (made) => ({
        ...made,
        statement: flipped(made.statement, '"payload":"eyJf', '"payload":"eyJg'),
      }),
    },
  ],
  bad_event: [
    {
      damage: (made) => ({ ...made, events: made.events + `${made.events.split('\n')[1]}\n`.repeat(99) }),
    },
    { damage: (made) => ({ ...made, events: flipped(made.events, 'approved', 'rejected') }) },
    { damage: (made) => ({ ...made, events: `${made.events}{}\n` }) },
    { damage: (made) => ({ ...made, events: `${made.events}\n` }) },
    { damage: (made) => ({ ...made, events: `${made.events.slice(0, -1)} ` }) },
  ],
  no_host_event: [
    { given: { subject: { approval: uuidOf(9) } } },
    { damage: (made) => ({ ...made, events: without(made.events, 0) }) },
    { damage: (made) => ({ ...made, events: `${made.events.split('\n')[0]}\n${made.events}` }) },
  ],
  other_statement: [{ damage: (made) => ({ ...made, statement: attest(world, { quorum: 2 }).statement }) }],
  other_log_key: [
    { given: { logKey: OTHER_KEY, saidLogKey: new Uint8Array(32).fill(7) } },
    {
      damage: (made) => {
        const { payload } = JSON.parse(made.statement);
        return { ...made, statement: `${JSON.stringify(envelopeOf(signLogged(payload, OTHER_KEY)))}\n` };
      },
    },
  ],
  log_signature: [
    {
      damage: (made) => {
        const other = JSON.parse(attest(world, { quorum: 2 }).statement);
        const mine = JSON.parse(made.statement);
        return { ...made, statement: `${JSON.stringify({ ...mine, signatures: other.signatures })}\n` };
      },
    },
  ],
  ssh_signature: [
    { given: { ssh: { bob: byKey(TOKEN) } } },
    { given: { ssh: { stranger: byKey(TOKEN) } } },
    { given: { ssh: { alice: () => sshsigBy(TOKEN, `sha256:${'00'.repeat(32)}\n`) } } },
    { given: { ssh: { alice: (line) => sshsigBy(TOKEN, line, { namespace: 'git' }) } } },
    {
      given: { ssh: { alice: byKey(TOKEN) } },
      damage: (made) => ({
        ...made,
        signatures: { alice: flipped(made.signatures.alice!, 'U1NIU0lH', 'V1NIU0lH') },
      }),
    },
    {
      given: { ssh: { alice: byKey(TOKEN) } },
      damage: (made) => ({ ...made, signatures: { alice: `${made.signatures.alice} ` } }),
    },
  ],
  log_proof: [
    { given: { logged: { key: OTHER_KEY } } },
    { given: { logged: { graph: `${'ab'.repeat(32)}/acme` } } },
    { given: { logged: { changed: (text) => text.replace('index 2', 'index 3') } } },
    { given: { logged: { changed: (text) => text.replace('@v1', '@v2') } } },
    { given: { logged: { changed: (text) => text.replace('c2sp.', 'c2sp/') } } },
    { given: { logged: { changed: (text) => `${text}x` } } },
    { given: { logged: { changed: (text) => without(text, 3) } } },
    { given: { logged: { changed: (text) => without(text, 1) } } },
    { given: { logged: { changed: (text) => text.repeat(9) } } },
    // Of this one's event, with a leaf beside it that stock tools would take
    {
      given: {
        logged: { changed: (text) => text.replace(/extra (.*)/, (_, leaf) => `extra ${asIncoming(leaf)}`) },
      },
    },
    // Of another statement that is in the log
    { damage: (made) => ({ ...made, proof: attest(world, { quorum: 2, logged: true }).proof }) },
    // Of this one's event, with a leaf that no ledger has of it
    {
      given: {
        logged: {
          changed: (text) => text.replace(/extra (.*)/, (_, leaf) => `extra ${atOther(leaf)}`),
        },
      },
    },
  ],
  other_approval: [
    {
      damage: (made) => {
        const replayed = attest(world, { subject: { attempt: 2 } }).events.split('\n')[1];
        return { ...made, events: `${made.events.split('\n')[0]}\n${replayed}\n` };
      },
    },
  ],
  untrusted_authority: [{ wanted: { authorities: [world.actors.peer.pubkey] } }],
  retired_log_key: [
    { wanted: { retired: [retired({ until: NOW - 1 })] } },
    { wanted: { retired: [retired({ graph: null, until: NOW - 1 })] } },
    // The event is of before, and the head of its proof has more lines than the key ever signed
    { given: { logged: true }, wanted: { retired: [retired({ size: 4 })] } },
    // Restored to before, and replaced once more: the first time counts
    { wanted: { retired: [retired({ until: NOW + 9 }), retired({ until: NOW - 1 })] } },
  ],
  other_commit: [{ facts: { commit: 'c1'.repeat(20) } }],
  other_tree: [{ facts: { tree: '7f'.repeat(20) } }],
  other_digest: [
    { given: { shown: [], predicate: (said) => ({ ...said, subjectDigest: '00'.repeat(32) }) } },
  ],
  other_repository: [{ wanted: { remotes: ['https://example.org/other.git'] } }],
  other_branch: [{ wanted: { branch: 'main' } }],
  no_parent: [{ facts: { change: null } }],
  other_change: [
    { facts: { change: { ...FACTS.change!, changes: 'ce'.repeat(32) } } },
    { facts: { change: { ...FACTS.change!, hunks: 'de'.repeat(32) } } },
  ],
  other_quorum: [
    { given: { quorum: 2, predicate: quorumOf(1) } },
    { given: { votes: both, predicate: quorumOf(2) } },
  ],
  other_policy: [
    { given: { subject: { policy: '00'.repeat(32) } } },
    // Of another revision, in which it wants less than that number of persons, too
    {
      given: {
        quorum: 2,
        predicate: (said) => quorumOf(1)({ ...said, terms: { ...said.terms, expires: '1d' } }),
      },
    },
  ],
  not_an_approver: [{ given: { votes: [...both, ['stranger', 'approved']] } }],
  was_rejected: [
    {
      given: {
        votes: [
          ['user', 'approved'],
          ['bob', 'changes_wanted'],
        ],
      },
    },
  ],
  not_touched: [
    { given: { touch: true } },
    { given: { touch: true, ssh: { bob: byKey(PLAIN) } } },
    { given: { touch: true, ssh: { bob: byKey(testSshKey({ seed: 3, flags: 0 })) } } },
    { given: { touch: true, votes: both, ssh: { alice: byKey(TOKEN) } } },
    { given: { touch: true, shown: [], ssh: { alice: byKey(TOKEN) } } },
  ],
  touch_required: [
    { wanted: { touch: true } },
    { given: { ssh: { bob: byKey(PLAIN) } }, wanted: { touch: true } },
  ],
  too_late: [{ given: { at: NOW + 3601 } }],
  own_approval: [{ given: { eyes: true, votes: both } }],
  quorum_not_reached: [{ given: { quorum: 2 } }],
  not_exact: [
    { given: { shown: [] }, wanted: { exact: true } },
    { given: { shown: [] }, wanted: { rules: [{ require: ['exact'] }] } },
  ],
  not_logged: [{ wanted: { logged: true } }],
  fewer_than_required: [
    { wanted: { quorum: 2 } },
    { wanted: { rules: [{ quorum: 2 }] } },
    { wanted: { rules: [{ branches: ['x'], paths: ['src/**'], quorum: 2 }] } },
  ],
  not_by_required: [
    { wanted: { rules: [{ by: ['alice'] }] } },
    { wanted: { rules: [{ paths: ['src/*'], by: ['alice', 'carol'] }] } },
    { given: { votes: both }, wanted: { rules: [{ by: ['bob', 'carol'], quorum: 2 }] } },
  ],
};

test('every reason has a row', () => {
  const reasons = [...CHECKS.map(({ reason }) => reason), ...Object.keys(DAMAGES)];
  expect(Object.keys(REFUSED).sort()).toEqual(reasons.sort());
});

test.each(Object.entries(REFUSED).flatMap(([reason, rows]) => rows.map((row) => [reason, row] as const)))(
  'T160 %s',
  (reason, row) => {
    const found = check(row);
    expect(found.reason).toBe(reason);
    const of = CHECKS.find((one) => one.reason === reason);
    expect(found.verdict).toBe(of?.verdict ?? (reason === 'no_attestation' ? 'no_evidence' : 'damaged'));
    // No other check keeps it out
    if (of)
      expect(
        check(
          row,
          CHECKS.filter((one) => one !== of),
        ),
      ).toMatchObject({ verdict: 'verified' });
  },
);

test('T168 more events than there may be: no signature of them is looked at', () => {
  const made = attest(world);
  const events = made.events + `${made.events.split('\n')[1]}\n`.repeat(99);
  let looked = 0;
  const suite = {
    ...world.suite,
    verify: (...given: Parameters<typeof world.suite.verify>) => {
      looked++;
      return world.suite.verify(...given);
    },
  };
  const reasonOf = (attested: Attested) => verifyCommit(suite, FACTS, attested, wantedOf(world)).reason;
  expect([reasonOf({ ...made, events }), looked]).toEqual(['bad_event', 0]);
  expect(reasonOf(made)).toBe(null);
  expect(looked).toBeGreaterThan(1);
});
