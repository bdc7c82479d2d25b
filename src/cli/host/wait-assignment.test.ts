import { expect, test } from 'vitest';
import { overviewOf } from '../../../test/support/host-screens.ts';
import { whyOf } from './wait-assignment.ts';

test('the reason is said with what the runner says of it, where it says anything', () => {
  const assignment = overviewOf(['', '', '']).assignments[0]!;
  const why = (reason: string | null, detail: string | null) => whyOf({ ...assignment, reason, detail });
  expect(why('no_engine', 'no program bash')).toBe('no_engine: no program bash');
  expect(why('no_engine', null)).toBe('no_engine');
  expect(why(null, null)).toBeNull();
});
