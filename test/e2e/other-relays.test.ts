/** T121: whole tasks of real processes over relays that nobody here wrote, or as nobody here would set them up. */
import { afterAll, expect, test } from 'vitest';
import { json, type TempHomes, tempHomes } from '../support/cli.ts';
import { isSlow } from '../support/counts.ts';
import { otherRelay } from '../support/other-relay.ts';
import { startProcesses } from '../support/process-federation.ts';
import { scriptedRelay } from '../support/scripted-relay.ts';

const homes: TempHomes[] = [];
const relays: { close(): Promise<void> }[] = [];
afterAll(async () => {
  for (const here of homes) await here.clean();
  for (const relay of relays) await relay.close();
});

type Shown = {
  state: string;
  approvals: { id: string; subjectDigest: string }[];
  artifacts: unknown[];
};

test.runIf(isSlow).each([
  ['@nostr-relay/core', otherRelay],
  ['strfry as it is set up', () => scriptedRelay()],
])('a task is asked for, approved and published over %s', async (_, serve) => {
  const relay = await serve();
  relays.push(relay);
  const here = tempHomes();
  homes.push(here);
  const fed = await startProcesses(here, { approval: true, relay: relay.url });
  const session = await fed.ask('echo changed > a.txt');
  const waited = (what: string) => json<Shown>(fed.homes.user, ['user', 'wait', session, '--for', what]);
  await waited('approval');
  const { approvals } = await json<Shown>(fed.homes.user, ['user', 'show', session]);
  const [asked] = approvals;
  await json(fed.homes.user, ['user', 'approve', asked!.id, '--subject-digest', asked!.subjectDigest]);
  await waited('end');
  const { state, artifacts } = await json<Shown>(fed.homes.user, ['user', 'show', session]);
  expect({ state, count: artifacts.length }).toEqual({ state: 'completed', count: 1 });
});
