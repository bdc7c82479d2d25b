/** What a doctor says of a machine depends on what its runners use. */
import { expect, test } from 'vitest';
import { unfenced } from './doctor.ts';
import { type DoctorFinding, findingOf } from './finding.ts';
import { fenceCheck } from './runner.ts';

const down: DoctorFinding = {
  ...{ of: 'machine', check: 'sandbox', state: 'warning' },
  ...{ words: 'bubblewrap is not available', mend: 'install it' },
};
const runner = (...kinds: Parameters<typeof fenceCheck>[0]) => findingOf('runner r', fenceCheck(kinds));

test('no bubblewrap is warned of, but where each runner here was made without a sandbox', async () => {
  const [none, both] = [await runner('none'), await runner('bwrap', 'none')];
  expect(unfenced(down, [none])).toMatchObject({ state: 'ok', mend: null });
  expect(unfenced(down, [none, both])).toBe(down);
  expect(unfenced(down, [])).toBe(down);
  expect(unfenced({ ...down, check: 'git' }, [none])).toMatchObject({ state: 'warning' });
});
