/** Which runner was given which value of a secret, and which values are with one that is trusted no more. */
import { npub } from '../../core/encoding/id.ts';
import { shownTime } from '../../core/encoding/time.ts';
import type { ExposedSecret } from '../../core/graph/named-secrets.ts';
import type { SecretView } from '../../core/host-api/shapes.ts';
import type { Tables } from '../../core/projection/rows.ts';

const runnerName = (tables: Tables, pubkey: string): string =>
  tables.get('hellos', pubkey)?.name ?? npub(pubkey);

/** In the order in which they were last given. */
export const secretGrantsOf = (tables: Tables, name: string): SecretView['grants'] =>
  tables
    .list('secret_grants', { name })
    .toSorted((one, other) => one.at - other.at)
    .map(({ version, runner, at }) => ({
      runner: runnerName(tables, runner),
      npub: npub(runner),
      version: tables.get('secret_versions', name, version)?.n ?? 0,
      at: shownTime(at),
    }));

/** The value that is kept now: one that was replaced or removed opens nothing any more, as far as the Host can know. */
const presentVersion = (tables: Tables, name: string): string | null => {
  const row = tables.get('secrets', name);
  return row && row.blob !== null ? row.version : null;
};

/** Names of the runners that have the present value of a secret, and whom nobody trusts now. */
export const exposedBy = (tables: Tables, name: string): string[] => {
  const version = presentVersion(tables, name);
  if (version === null) return [];
  const keys = tables.list('secret_grants', { name, version }).map(({ runner }) => runner);
  return keys
    .filter((runner) => tables.get('trust', runner)?.state !== 'trusted')
    .map((runner) => runnerName(tables, runner))
    .sort();
};

export const exposedSecrets = (tables: Tables): ExposedSecret[] =>
  tables.list('secrets').flatMap(({ name }) => {
    const runners = exposedBy(tables, name);
    return runners.length === 0 ? [] : [{ secret: name, runners }];
  });

/** Names of the secrets whose present value a runner was given. */
export const secretsOfRunner = (tables: Tables, runner: string): string[] =>
  tables
    .list('secret_grants', { runner })
    .filter(({ name, version }) => presentVersion(tables, name) === version)
    .map(({ name }) => name)
    .sort();
