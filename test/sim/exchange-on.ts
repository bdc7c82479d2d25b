/** One home of the kit on the wire. */
import { conversationKey } from '../../src/core/crypto/nip44.ts';
import { fromHex } from '../../src/core/encoding/bytes.ts';
import type { Message } from '../../src/core/protocol/message.ts';
import { open } from '../../src/core/protocol/open.ts';
import type { BodyOf } from '../../src/core/protocol/table.ts';
import { startExchange } from '../../src/services/messaging/exchange.ts';
import { answeringRelay } from './answering-relay.ts';
import { introduced } from './introductions.ts';
import { RELAY_URL } from './memory-home.ts';
import type { Forged, HomeName } from './message-kit.ts';

/** The exchange of one home of the kit, over a relay that answers as it is told. */
export const exchangeOn = async (name: HomeName) => {
  const kit = await introduced();
  const home = kit.homes[name];
  const relay = answeringRelay();
  home.connect = relay.connect;
  const seen = { changed: 0, ephemeral: [] as Message[], fenced: [] as number[], logged: [] as string[] };
  home.log = (_level, text) => seen.logged.push(text);
  const start = () =>
    startExchange(home, {
      changed: () => {
        seen.changed += 1;
      },
      ephemeral: (m) => seen.ephemeral.push(m),
      fenced: (epoch) => seen.fenced.push(epoch),
    });
  const receive = async (said: Forged) => {
    const { event, text } = kit.write(said);
    await relay.options().onWrap(text, RELAY_URL);
    return event;
  };
  /** What went out, as its recipients open it. */
  const heard = () =>
    relay.published.map((wrap) => {
      const to = kit.who[kit.nameOf(wrap.tags[0]![1]!)];
      const { suite, random, graph } = home;
      return open(JSON.stringify(wrap), {
        ...{
          suite,
          graph,
          random: random.bytes,
          now: Math.floor(home.clock.now() / 1000),
          admitStranger: () => false,
          isRetired: () => false,
          named: (me) => me,
        },
        secretKeyOf: (me) => (me === to.pubkey ? to.secretKey : undefined),
        conversationKey: (_me, peer) => conversationKey(suite, to.secretKey, fromHex(peer), random.bytes(32)),
        roleOf: (signer) => kit.who[kit.nameOf(signer)]?.role,
      });
    });
  const acks = () => heard().filter((m) => m.type === 'ack') as Message<BodyOf<'ack'>>[];
  return { kit, home, relay, seen, start, receive, heard, acks };
};
