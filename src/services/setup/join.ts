/** How a home joins: bound to the federation of an invite, and bound anew only while nobody ever let it in. */
import type * as z from 'zod';
import { isChain } from '../../core/authority/succession.ts';
import { MAKES_HOME } from '../../core/command-words.ts';
import { fingerprint } from '../../core/crypto/fingerprint.ts';
import { fromHex, toHex } from '../../core/encoding/bytes.ts';
import { npub } from '../../core/encoding/id.ts';
import { isoTime, shownTime } from '../../core/encoding/time.ts';
import { EntangleError } from '../../core/errors.ts';
import type { Line } from '../../core/ledger/line.ts';
import { readInvite } from '../../core/protocol/invite.ts';
import type { RecordBody } from '../../core/protocol/messages/records.ts';
import type { KeyStoreKind, MemberRole } from '../../core/vocabulary.ts';
import { inviteProofOf } from '../messaging/admission.ts';
import type { Home } from '../messaging/home.ts';
import { relayTrouble, troubleClause } from '../messaging/relay-words.ts';
import { ticketKeyOf } from '../messaging/tickets.ts';
import type { JoinedConfig, NewcomerConfig } from './config.ts';
import { joinedConfig, newcomerConfig, runnerConfig, userConfig } from './config.ts';
import { runnerSettingsIn } from './runner-settings.ts';
import type { SetupTools } from './setup.ts';

/** The home before it is opened: its config, and what an earlier try left behind. */
export type JoiningHome = {
  readConfig(): Promise<unknown>;
  /** Throws not_found with the hint where there is no home or one of another kind. */
  requireConfig<S extends z.ZodType>(schema: S, hint: string): Promise<z.output<S>>;
  /** Lines of its ledger; none where there is no ledger yet. */
  lines(): AsyncIterable<Line>;
  /** Removes the ledger and what was folded of it. */
  forgetLedger(): Promise<void>;
  tools(keys: KeyStoreKind): SetupTools;
};

/** Binds the home to the federation of the invite. What it said to another one, or in vain, is forgotten. */
export const bindHome = async (
  home: JoiningHome,
  kind: MemberRole,
  invite: () => Promise<string>,
): Promise<JoinedConfig> => {
  const newcomer = await newcomerIn(home, kind);
  const tools = home.tools(newcomer.keys);
  const config = await bindingOf(tools, newcomer, await invite());
  // What the Host may have taken already is not taken again from another stream
  if (await isBoundBy(home, config))
    return home.requireConfig(kind === 'runner' ? runnerConfig : userConfig, '');
  // Its ledger is of another stream, maybe of another Host
  await home.forgetLedger();
  await tools.writeConfig(joinedConfig, config);
  return config;
};

const isBoundBy = async (home: JoiningHome, { host, invite }: JoinedConfig): Promise<boolean> => {
  const before = (await home.readConfig()) as Partial<JoinedConfig> | undefined;
  return before?.host === host && before.invite?.id === invite?.id;
};

const newcomerIn = async (home: JoiningHome, kind: MemberRole): Promise<NewcomerConfig> => {
  const config = (await home.readConfig()) as { host?: string } | undefined;
  if (!config?.host)
    return home.requireConfig(newcomerConfig, `create its key first: \`${MAKES_HOME[kind]}\``);
  if (await wasAdmitted(home))
    throw new EntangleError('conflict', `this ${kind} has already joined a federation`, {
      hint: `use another name: --${kind} NAME`,
    });
  return newcomerOf(await home.requireConfig(kind === 'runner' ? runnerConfig : userConfig, ''));
};

/** What a home says by itself, whether it was admitted or not. */
const UNASKED: readonly string[] = ['runner.hello', 'user.hello', 'blob.get'];

/**
 * Something it said was acknowledged, its hello first of all, or somebody said something with it. An invite may have been
 * refused, and nobody says so; a key that the graph names hears of its peers all the same.
 */
const wasAdmitted = async (home: JoiningHome): Promise<boolean> => {
  for await (const { dir, event } of home.lines()) {
    const type = event.tags.find(([name]) => name === 'type')?.[1] ?? '';
    if (
      type === 'delivery.acked' ? acknowledgedFirst(event.content) : dir === 'out' && !UNASKED.includes(type)
    )
      return true;
  }
  return false;
};

/** The first of its stream: to the Host that is the hello. */
const acknowledgedFirst = (content: string): boolean => {
  const { high }: RecordBody<'delivery.acked'> = JSON.parse(content);
  return high > 0;
};

/** What the home was before it joined: its key stays. */
const newcomerOf = (config: JoinedConfig): NewcomerConfig => {
  const { kind, name, keys } = config;
  if (kind === 'user') return { kind, name, keys, settings: null };
  return { kind, name, keys, settings: runnerSettingsIn(config) };
};

/** The config that an invite makes of a newcomer; the proof is kept, its secret is not. */
const bindingOf = async (
  { suite, random, keys, clock }: SetupTools,
  newcomer: NewcomerConfig,
  text: string,
): Promise<JoinedConfig> => {
  const invite = readInvite(text);
  if (invite.role !== newcomer.kind)
    throw new EntangleError('invalid', `this invite is for a ${invite.role}, not for a ${newcomer.kind}`);
  if (invite.expiresAt <= clock.now() / 1000)
    throw new EntangleError(
      'not_authorized',
      `this invite expired at ${shownTime(invite.expiresAt)}, and this machine’s clock says ${isoTime(Math.floor(clock.now()))}`,
      { hint: 'ask for a new one: `entangle host invite`, or set the clock' },
    );
  const self = toHex(suite.publicKey(await keys.read(newcomer.kind)));
  if (invite.key !== undefined && invite.key !== self)
    throw new EntangleError(
      'not_authorized',
      `this invite is for the key ${npub(invite.key)}, and the key here is ${npub(self)}`,
      {
        hint: 'restore that key from its backup with `entangle user key import`, or ask for an invite for this one',
      },
    );
  const { chain = [] } = invite;
  if (chain.length > 0 && !isChain(suite, invite, chain))
    throw new EntangleError('invalid', 'this invite names keys of the Host that nobody signed for', {
      hint: 'ask for a new one: `entangle host invite`',
    });
  if (self === invite.host || chain.some(({ to }) => to === self))
    throw new EntangleError(
      'invalid',
      'this key is the key of the Host: use one key for one role (key_reuse)',
    );
  const { host, graph, role, name } = invite;
  const hmac = inviteProofOf(suite, fromHex(invite.secret), { host, self, graph, role, name });
  const member = {
    graph,
    keys: newcomer.keys,
    stream: toHex(random.bytes(16)),
    relays: invite.relays,
    name,
    host,
    recovery: invite.recovery,
    invite: { id: invite.id, hmac },
    ...(chain.length > 0 && { chain }),
    ticket: toHex(ticketKeyOf(suite, fromHex(invite.secret))),
  };
  return newcomer.kind === 'runner'
    ? { kind: 'runner', ...member, ...newcomer.settings! }
    : { kind: 'user', ...member };
};

export type Joined = {
  name: string;
  npub: string;
  host: string;
  graph: string;
  words: string;
  /** The Host has the hello. */
  delivered: boolean;
  /** What relays said that something is wrong with. */
  trouble: string[];
};
const POLL_MS = 50;

/** Waits for the receipt of the hello, for at most so long. Nobody but a Host that took the hello ever answers it. */
export const awaitReceipt = async (home: Home, waitMs: number): Promise<Joined> => {
  const { clock, tables, self, host, graph } = home;
  const deadline = clock.monotonic() + waitMs;
  while (tables.count('outbox') > 0 && clock.monotonic() < deadline) await clock.sleep(POLL_MS);
  return {
    name: self.name,
    npub: npub(self.pubkey),
    host: npub(host),
    graph,
    words: fingerprint(home.suite, home.kind, host, self.pubkey),
    delivered: tables.count('outbox') === 0,
    trouble: relayTrouble(home),
  };
};

export const requireReceipt = (kind: MemberRole, joined: Joined): Joined => {
  if (joined.delivered) return joined;
  const trouble = troubleClause(joined.trouble);
  // The rest is what the message says
  const { name, npub, host, graph, words } = joined;
  const command = `\`entangle ${kind} ${kind === 'runner' ? 'serve' : 'inbox'}\``;
  throw new EntangleError('timed_out', `the Host has not confirmed yet${trouble}`, {
    hint:
      trouble === ''
        ? `run ${command} to keep trying, or join again with a new invite if this one was used or has expired`
        : `mend what the relay says, here or with who runs it, and run ${command} to keep trying`,
    details: [{ name, npub, host, graph, words }],
  });
};
