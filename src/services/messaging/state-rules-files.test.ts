/** State rules of files that nodes give: each refuses what no other rule does. */
import { taskOf } from '../../../test/sim/introductions.ts';
import { ownIdRows } from '../../../test/sim/own-id-rows.ts';
import { testRuleRows } from '../../../test/sim/rule-rows.ts';
import { uuidOf } from '../../../test/support/world.ts';
import { MAX_GIVEN } from '../../core/bounds.ts';

type Changed = { session?: number; artifact?: string; name?: string; size?: number };
/** The nth file, of the nth session unless it is said: alice launched none of them. */
const file = (n: number, { session = n, artifact = uuidOf(900 + n), name = 'a', size = 1 }: Changed = {}) => {
  const blobs = Array.from({ length: Math.ceil(size / 1_048_576) }, () => 'bb'.repeat(32));
  const given = { name, size, sha256: 'aa'.repeat(32), blobs };
  const body = { artifact, session: uuidOf(session), attempt: 1, file: given, media: 'text/plain' };
  return { type: 'artifact.file', from: 'node', to: 'alice', body } as const;
};

testRuleRows([
  ...ownIdRows(file, {
    changed: ['T147 artifact.file: another file under the id that was told', { name: 'b' }],
    taken: [
      'T147 artifact.file: under the id of an approval, so that who looks at one gets the other',
      (artifact) => ({ artifact }),
    ],
    elsewhere: 'T147 artifact.file: of a session that this person gave to another node',
  }),
  {
    rule: 'T147 artifact.ref: under the id of a file, so that who looks at one gets the other',
    reason: 'wrong_subject',
    given: async (kit) => {
      await kit.send({ type: 'task.request', from: 'alice', to: 'node', body: taskOf(1) });
      await kit.send(file(1));
      const place = { repository: 'r', branch: 'a', commit: 'ab'.repeat(20), approval: null };
      const commit = (artifact: string) => {
        const body = { artifact, session: uuidOf(1), ...place };
        return { type: 'artifact.ref', from: 'node', to: 'alice', body } as const;
      };
      return { refused: commit(file(1).body.artifact), allowed: commit(uuidOf(950)) };
    },
  },
  {
    rule: 'T147 artifact.file: under a name that is a way to elsewhere',
    reason: 'bad_attachment',
    given: async () => ({ refused: file(1, { name: '../../.ssh/config' }), allowed: file(2) }),
  },
  {
    rule: 'T147 artifact.file: one more than a node may give in a session',
    reason: 'too_many_files',
    given: async (kit) => {
      for (let n = 1; n <= MAX_GIVEN.files; n++) await kit.send(file(n, { session: 1 }));
      return { refused: file(90, { session: 1 }), allowed: file(91) };
    },
  },
  {
    rule: 'T147 artifact.file: more bytes than a node may give in a session',
    reason: 'too_many_files',
    given: async (kit) => {
      for (let n = 1; n <= 4; n++) await kit.send(file(n, { session: 1, size: 4_194_304 }));
      return { refused: file(90, { session: 1 }), allowed: file(91) };
    },
  },
]);
