/**
 * The git principals of this runner's nodes: each is asked of the Host, held in memory for a turn, and lies in files only
 * while git runs. Without one a repository is used as the person of this machine would.
 */
import type { PrincipalCredential } from '../../core/source/principal.ts';
import { authorOf } from '../../core/source/workspace-names.ts';
import type { Git, Principal, Repository } from '../../ports/index.ts';
import { withheldPusher } from './publication.ts';
import type { Runner } from './runner.ts';
import { askForPrincipal } from './secrets.ts';

type Asks = NonNullable<Repository['asks']>;

const credentialOf = async (runner: Runner, { session, principal }: Asks): Promise<PrincipalCredential> =>
  runner.credentials.get(session) ?? (await askForPrincipal(runner, session, principal));

/** What git is told of it, with files that are gone when `work` has ended. */
const asPrincipal = <T>(
  runner: Runner,
  { author, sshKey, token, knownHosts }: PrincipalCredential,
  { principal: given, isAuthor }: { principal: Principal; isAuthor: boolean },
  work: (principal: Principal) => Promise<T>,
): Promise<T> => {
  const texts = {
    ...(sshKey !== null && { key: sshKey, hosts: knownHosts ?? '' }),
    ...(token !== null && { token: token.value }),
  };
  return runner.withFiles(texts, (pathOf) =>
    work({
      ...given,
      ...(isAuthor && authorOf({ author })),
      // Where no host is pinned none is known: never those of the person of this machine
      ...(sshKey !== null && { sshKeyFile: pathOf('key'), knownHostsFile: pathOf('hosts') }),
      ...(token !== null && { tokenFile: pathOf('token'), tokenHost: token.host, tokenUser: token.user }),
    }),
  );
};

/** Each call that talks to a remote, or signs, has the credential of its principal for as long as it takes. */
export const throughPrincipals = (git: Git, runner: () => Runner): Git => {
  const through =
    <A extends unknown[], T>(
      call: (repository: Repository, ...more: A) => Promise<T>,
      credentialFor: (asks: Asks, ...more: A) => Promise<PrincipalCredential>,
    ) =>
    async (repository: Repository, ...more: A): Promise<T> => {
      const { asks } = repository;
      if (!asks) return call(repository, ...more);
      const credential = await credentialFor(asks, ...more);
      const { isAuthor } = asks;
      return asPrincipal(runner(), credential, { ...repository, isAuthor }, (principal) =>
        call({ ...repository, principal }, ...more),
      );
    };
  const reads = (asks: Asks) => credentialOf(runner(), asks);
  const writes = async (asks: Asks, { commit }: { commit: string }) => {
    const credential = await reads(asks);
    return credential.withheld ? withheldPusher(runner(), asks, commit) : credential;
  };
  const objection = through(git.objection, reads);
  return {
    ...git,
    fetch: through(git.fetch, reads),
    remoteHead: through(git.remoteHead, reads),
    commit: through(git.commit, reads),
    rebase: through(git.rebase, reads),
    // What only reads is refused whatever is pushed: that says nothing of the push that is asked about
    objection: async (repository, push) =>
      repository.asks && (await reads(repository.asks)).withheld ? null : objection(repository, push),
    attest: through(git.attest, writes),
    push: through(git.push, writes),
  };
};
