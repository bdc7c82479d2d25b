import { expect, test } from 'vitest';
import UserApprove from '../../commands/user/approve.ts';
import { principalFlags } from '../host/principal-set.ts';
import { joinedFlags } from './help.ts';

const joined = (flags: Parameters<typeof joinedFlags>[0]) =>
  Object.entries(joinedFlags(flags)).flatMap(([name, { dependsOn }]) =>
    dependsOn ? [[name, dependsOn]] : [],
  );

test('a usage joins flags that want each other, and none that can stand alone', () => {
  expect(UserApprove.flags.uses.dependsOn).toEqual(['grant']);
  expect(joined(UserApprove.flags)).toEqual([]);
  expect(joined(principalFlags)).toEqual([
    ['https-token-secret', ['https-host']],
    ['https-host', ['https-token-secret']],
  ]);
});
