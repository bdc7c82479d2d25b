/** What somebody says with the Host’s own key: from before, from elsewhere, or what others can prove to be false. */
import type { LieName } from './histories.ts';
import { hostKey, lastLine, saidIn, type TellLie, type Told } from './lies-kit.ts';
import { tagOf } from './model.ts';

const FOREIGN = 'fe'.repeat(16);
/** To a runner that is up to date: that it is revoked. */
const revoked = (told: Told, epoch: { n: number; boot: string }): Promise<void> | undefined => {
  const runner = Object.values(told.fed.runners).find(
    ({ home }) => home.tables.get('epoch', 'host')?.n === told.fed.host.home.epoch!.n,
  );
  if (!runner) return undefined;
  const body = { runner: runner.name, state: 'revoked' };
  const lie = { role: 'host', epoch } as const;
  return told.intruder.say(hostKey(told), 'runner.trust', runner.home.self.pubkey, body, lie);
};

type Peer = { name: string; kind: string; pubkey: string | null; accept?: unknown };
type Routes = { n: number; digest: string; peers: Peer[] };
/** The newest routes of alice, as `change` makes of them. */
const routesToAlice = (told: Told, change: (body: Routes) => Routes | null): Promise<void> | undefined => {
  const { home } = told.fed.people.alice!;
  const newest = lastLine(home, 'in', 'routes');
  const body = newest && change(saidIn<Routes>(newest));
  // Of this epoch: otherwise the epoch alone would refuse it.
  if (!body || Number(tagOf(newest, 'epoch')) !== told.fed.host.home.epoch!.n) return undefined;
  return told.intruder.say(hostKey(told), 'routes', home.self.pubkey, body, { role: 'host' });
};

export const liesOfHost = {
  'the Host of before speaks': (told) => revoked(told, { n: told.fed.host.home.epoch!.n - 1, boot: FOREIGN }),
  'another boot of the Host speaks': (told) =>
    revoked(told, { n: told.fed.host.home.epoch!.n, boot: FOREIGN }),
  'the Host names a key that its accept does not': (told) =>
    routesToAlice(told, (body) => {
      const peers = body.peers.map((peer) =>
        peer.accept ? { ...peer, pubkey: told.intruder.freshKey().pubkey } : peer,
      );
      return peers.some(({ accept }) => accept) ? { ...body, n: body.n + 1, peers } : null;
    }),
  'the Host says two things at once': (told) =>
    routesToAlice(told, (body) => ({ ...body, digest: FOREIGN.repeat(2) })),
} satisfies Partial<Record<LieName, TellLie>>;
