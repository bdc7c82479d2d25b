/** A program that is to tell a person: what goes wrong with it is said, and ends nothing. */
import { expect, test } from 'vitest';
import { APPROVAL, startSingleUser } from '../../../test/sim/single-user.ts';
import { findProgram } from '../../adapters/system/child-process.ts';
import { withNotices } from './notify.ts';

test.each([
  ['fails', findProgram('false')!, 'ended with exit 1'],
  ['does not start', '/absent/program', 'did not start, or took more than ten seconds'],
])(
  'one that %s is told in the log, with the approval that nobody may know of',
  async (_what, program, how) => {
    const alice = await startSingleUser();
    await alice.askApproval();
    const { signal } = new AbortController();
    const said = () => alice.logged.find((text) => text.startsWith(program));
    await withNotices(alice.user, { notify: program, root: '/home', 'quiet-hours': undefined, signal }, () =>
      expect
        .poll(said, { timeout: 60_000 })
        .toBe(`${program} ${how}: nobody may have been told of approval ${APPROVAL}`),
    );
  },
);

test('without one the work runs alone', async () => {
  const alice = await startSingleUser();
  const { signal } = new AbortController();
  const nothing = { notify: undefined, root: '/home', 'quiet-hours': undefined, signal };
  expect(await withNotices(alice.user, nothing, async () => 'done')).toBe('done');
});
