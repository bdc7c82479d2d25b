import { join } from 'node:path';
import { contentsIn } from '../../adapters/git/local.ts';
import { createOwnGit } from '../../adapters/git/own.ts';
import { sshSigner } from '../../adapters/keys/ssh-signer.ts';
import type { OwnGit } from '../../ports/index.ts';
import { userConfig } from '../../services/setup/config.ts';
import { readUser } from '../../services/user/reader.ts';
import type { User } from '../../services/user/user.ts';
import { startUser } from '../../services/user/user.ts';
import { failureOf } from '../kit/report.ts';
import { repositoryAtRest } from '../kit/repository-home.ts';
import type { HomePaths as Paths } from '../kit/settings.ts';
import { requireMember } from './home-config.ts';
import { openHome } from './open-home.ts';
import { ownRelaysDown } from './own-relay.ts';
import type { WireOptions } from './serving.ts';

export type UserSession = User & {
  /** A relay gave all it has; else what is known here may be old. */
  synced: boolean;
  /** Why that is so, where it is known. */
  unreached: string | null;
  digest(): string;
  /** In the directory where the command was typed. */
  git: OwnGit;
};

/** Opens a user's home beside whatever else runs there, and syncs for at most the given time. */
export const wireUser = async (
  paths: Paths,
  name: string,
  options: WireOptions & { syncMs: number },
): Promise<UserSession> => {
  const directory = paths.user(name);
  const config = await requireMember(directory, userConfig, 'user');
  const opened = await openHome(directory, config, { ...options, mode: 'shared', owner: 'entangle user' });
  const contents = contentsIn(process.cwd());
  const { home } = opened;
  const { unwritable } = home.ledger;
  if (unwritable)
    options.log('warning', `${failureOf(unwritable).message}; no relay is asked, and nothing can be sent`);
  let unreached: string | null = null;
  const user = unwritable
    ? readUser({ home, contents })
    : await startUser({
        home,
        invite: config.invite,
        contents,
        sshKeys: (config.ssh ?? []).map(sshSigner),
        whyUnreached: () => unreached,
      });
  const synced = options.syncMs > 0 && (await user.exchange.synced(options.syncMs));
  const atRest = synced ? null : await repositoryAtRest(paths.root);
  if (atRest !== null) unreached = `\`entangle up\` is not running; start it again in ${atRest}`;
  else if (!synced && options.syncMs > 0)
    unreached = ownRelaysDown(
      home.relays.map((url) => ({ url, detail: home.tables.get('relays', url)?.detail ?? '' })),
    );
  return {
    ...user,
    ...{ synced, unreached },
    digest: () => opened.projection.digest(),
    git: createOwnGit(process.cwd(), { rooms: join(directory, 'fetch') }),
    async close() {
      await user.close();
      await opened.close();
    },
  };
};
