/** Sets homes up in the test's own process, as `up` does: by hand, each with its command, `test/e2e/machines.test.ts` does it. */

import { HOST_LEASE_MS, type MadeHost, makeHost } from '../../src/cli/host/init.ts';
import { resolveHome } from '../../src/cli/kit/settings.ts';
import { joinAsUser } from '../../src/cli/wiring/join.ts';
import type { RemoteScheme, SandboxKind } from '../../src/core/vocabulary.ts';
import { ownHomesOf } from '../../src/local/own-homes.ts';
import { type OwnHost, ownHostOf } from '../../src/local/own-host.ts';

/** A new Host of the graph `acme`, with its keys in files. */
export const makeHostHome = (home: string, relay: string[], members: boolean): Promise<MadeHost> =>
  makeHost(resolveHome(home, {}, home), {
    ...{ graph: 'acme', relay, members, keys: 'file', lease: HOST_LEASE_MS },
    ...{ 'passphrase-file': undefined, 'recovery-file': undefined, 'no-input': true },
  });

/** The Host that is served from this home, asked as its first operator. */
export const operatorOf = (home: string, host?: string): OwnHost =>
  ownHostOf(home, new AbortController().signal, host);

type Offer = {
  capacity: number;
  protocols?: readonly RemoteScheme[];
  sandbox?: readonly SandboxKind[];
};

/** A runner `r1` that is invited, starts to serve, and is trusted when it has come. */
export const admitRunner = async (
  host: OwnHost,
  home: string,
  { capacity, protocols = ['file'], sandbox = ['none'] }: Offer,
  serve: () => Promise<void>,
): Promise<void> => {
  const homes = ownHomesOf(home);
  await homes.make('runner', {
    ...{ labels: {}, sandbox: [...sandbox], capacity, protocols: [...protocols], repositoryHooks: false },
  });
  await homes.bind('runner', () => host.invite('runner', 'r1'));
  await serve();
  await host.trust('r1', (await homes.identity('runner')).words);
};

/** The npub of a new person's home. */
export const makeUserHome = (home: string): Promise<string> => ownHomesOf(home).make('user', null);

const JOIN_MS = 60_000;

/** Brings the person of that home to the Host of the invite, which has heard of them when this resolves. */
export const joinUserHome = async (home: string, invite: string): Promise<void> => {
  const options = { waitMs: JOIN_MS, passphraseFile: undefined, input: false, log: () => {} };
  await joinAsUser(resolveHome(home, {}, home), 'default', invite, options);
};
