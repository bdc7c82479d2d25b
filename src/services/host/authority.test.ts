/** What a Host says that it is known by. */
import { expect, test } from 'vitest';
import { startSingleHost } from '../../../test/sim/single-host.ts';
import { hostKit } from '../../../test/support/host-kit.ts';
import { logPublicKey } from '../../core/crypto/ed25519.ts';
import { toHex } from '../../core/encoding/bytes.ts';
import { npub } from '../../core/encoding/id.ts';
import { shownTime } from '../../core/encoding/time.ts';
import { callHost } from '../../core/host-api/client.ts';
import { showAuthority } from './authority.ts';
import { claimEpoch } from './host.ts';

test('its keys, and the recovery key that an invite has members pin', async () => {
  const one = await startSingleHost();
  const said = await callHost(one.client, 'authority.show');
  expect(said).toMatchObject({
    host: npub(one.home.host),
    graph: one.home.graph,
    epoch: one.home.epoch!.n,
    log: toHex(logPublicKey(one.host.logKey)),
    recovery: `sha256:${one.host.recovery}`,
  });
  await one.close();
});

test('since its first claim, and of the epoch since the last one', async () => {
  const { host, home, time } = hostKit();
  const begun = time.now / 1000;
  await claimEpoch(home);
  time.now += 90_000;
  await claimEpoch(home);
  time.now += 90_000;
  expect(showAuthority(host)).toMatchObject({
    since: shownTime(begun),
    epoch: 2,
    epochSince: shownTime(begun + 90),
  });
});
