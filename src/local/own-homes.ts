/**
 * What `up` and `demo` do in their own process while a home is made: its key is written where it is used, and its config
 * says where it belongs. A key is held as long as one call takes; what is signed with it, the home's own process signs.
 */
import { HOST_LEASE_MS, makeHost } from '../cli/host/init.ts';
import { OWN_NAME } from '../cli/kit/repository-home.ts';
import { resolveHome } from '../cli/kit/settings.ts';
import { requireCapabilities } from '../cli/wiring/capabilities.ts';
import { readConfig } from '../cli/wiring/home-config.ts';
import { bindAlone, identityOf, type MemberIdentity } from '../cli/wiring/join.ts';
import { setupTools } from '../cli/wiring/setup-tools.ts';
import { toHex } from '../core/encoding/bytes.ts';
import { npub } from '../core/encoding/id.ts';
import type { MemberRole } from '../core/vocabulary.ts';
import type { NewcomerConfig } from '../services/setup/config.ts';
import { importNewcomer, initNewcomer } from '../services/setup/setup.ts';

export type OwnHomes = {
  /** The npub of a new Host over this relay. */
  makeHost(graph: string, relay: string): Promise<string>;
  /** Whether there is such a home, and it was bound to its Host. */
  isBound(kind: MemberRole): Promise<boolean>;
  /** The home, unless an earlier try made it. */
  make(kind: MemberRole, settings: NewcomerConfig['settings']): Promise<string>;
  /** As `join` does, but that the Host hears of it is left to the process that serves the home. */
  bind(kind: MemberRole, invite: () => Promise<string>): Promise<void>;
  /** Of one that is bound. */
  identity(kind: MemberRole): Promise<MemberIdentity>;
};

export const ownHomesOf = (home: string): OwnHomes => {
  const paths = resolveHome(home, {}, home);
  const directoryOf = (kind: MemberRole): string => paths[kind](OWN_NAME);
  const toolsOf = (kind: MemberRole) => setupTools(directoryOf(kind), 'file', undefined, false);
  return {
    async makeHost(graph, relay) {
      const made = await makeHost(paths, {
        ...{ graph, relay: [relay], members: true, lease: HOST_LEASE_MS },
        ...{ keys: 'file', 'passphrase-file': undefined, 'recovery-file': undefined, 'no-input': true },
      });
      return made.host;
    },
    async isBound(kind) {
      return Boolean(((await readConfig(directoryOf(kind))) as { host?: string } | undefined)?.host);
    },
    async make(kind, settings) {
      const tools = toolsOf(kind);
      if ((await tools.readConfig()) === undefined) {
        if (settings) await requireCapabilities(settings.sandbox);
        const wanted = { kind, name: OWN_NAME, settings };
        // A try that was cut off left it, before its config
        const isLeft = (await tools.keys.list()).includes(kind);
        const left = { read: () => tools.keys.read(kind) };
        return (await (isLeft ? importNewcomer(tools, wanted, left) : initNewcomer(tools, wanted))).npub;
      }
      return npub(toHex(tools.suite.publicKey(await tools.keys.read(kind))));
    },
    async bind(kind, invite) {
      await bindAlone(directoryOf(kind), kind, invite);
    },
    identity: (kind) => identityOf(directoryOf(kind), kind),
  };
};
