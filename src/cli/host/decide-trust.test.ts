/** What is said where nobody can be asked: never the words that the person must bring from the other machine. */
import { expect, test } from 'vitest';
import { startSingleHost } from '../../../test/sim/single-host.ts';
import { showRunner } from '../../services/host/runners.ts';
import { confirmTrust } from './decide-trust.ts';

test.each([
  ['trusted', '--words "WORD …"'],
  ['rejected', 'confirm with --yes'],
  ['revoked', 'confirm with --yes'],
] as const)(
  'without a terminal no runner becomes %s, and the hint has none of its words',
  async (state, hint) => {
    const one = await startSingleHost();
    await one.join('runner', 'r1');
    const { words } = showRunner(one.host, 'r1');
    const flags = { words: undefined, yes: false, 'no-input': true };
    const refused = await confirmTrust(
      async () => showRunner(one.host, 'r1'),
      'r1',
      state,
      flags,
      () => 'Sure?',
    ).catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: 'usage', hint: expect.stringContaining(hint) });
    expect(String((refused as { hint?: string }).hint)).not.toContain(words.split(' ')[0]);
    expect(one.said('runner.trust')).toEqual([]);
  },
);
