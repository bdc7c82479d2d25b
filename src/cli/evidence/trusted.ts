/** Whose word counts, from where somebody said so: the command line, the base of the repository, the homes of this person. */
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { suiteWasm } from '../../adapters/crypto/suite-wasm.ts';
import { founderOf } from '../../core/authority/succession.ts';
import { parsePubkey } from '../../core/encoding/id.ts';
import { readShape } from '../../core/encoding/read-shape.ts';
import { EntangleError } from '../../core/errors.ts';
import { type RetiredKey, retiredIn } from '../../core/evidence/retired.ts';
import { readTrust, TRUST_FILE, type TrustRoots } from '../../core/evidence/trust.ts';
import { chainIn } from '../../core/projection/reducers/authority.ts';
import type { EvidenceSource } from '../../ports/index.ts';
import { hostConfig, joinedConfig } from '../../services/setup/config.ts';
import type { HomePaths } from '../kit/settings.ts';
import { foldedTables } from '../wiring/folded-tables.ts';
import { readConfig } from '../wiring/home-config.ts';

const NOTHING = { repository: null, retired: [] };
/** Never what is checked itself: who writes a commit would say there whom to trust. */
export const trustedBy = async (
  source: EvidenceSource,
  words: string,
  { authority, home }: { authority: readonly string[]; home: HomePaths },
): Promise<TrustRoots> => {
  if (authority.length > 0)
    return { ...NOTHING, authorities: authority.map((one) => parsePubkey(one, 'usage')) };
  const file = await source.baseFile(words, TRUST_FILE);
  if (file !== null) return readTrust(file);
  const authorities = await hostsOfHome(home);
  if (authorities.length > 0) return { ...NOTHING, authorities };
  throw new EntangleError('usage', 'nobody says which Host to trust', {
    hint: `use --authority NPUB, or put \`authorities: [NPUB]\` into ${TRUST_FILE} on the base branch`,
  });
};

/** Keys of the logs of these Hosts that they replaced: as who is trusted says, and by their own records beside the commits. */
export const retiredKeys = async (
  source: EvidenceSource,
  { authorities, retired }: Pick<TrustRoots, 'authorities' | 'retired'>,
): Promise<RetiredKey[]> => {
  const found = await Promise.all(
    authorities.map(async (host) => retiredIn(suiteWasm, host, (await source.logKeys(host)) ?? '')),
  );
  return [...retired, ...found.flat()];
};

/** Of what is in no repository: those that are named, else those of this person’s homes. */
export const trustedHosts = async (home: HomePaths, authority: readonly string[]): Promise<string[]> => {
  const hosts =
    authority.length > 0 ? authority.map((one) => parsePubkey(one, 'usage')) : await hostsOfHome(home);
  if (hosts.length > 0) return hosts;
  throw new EntangleError('usage', 'nobody says which Host to trust', { hint: 'use --authority NPUB' });
};

/** Of the federations that this person takes part in: every key that signed for their Hosts, as these homes know. */
const hostsOfHome = async ({ root, host }: HomePaths): Promise<string[]> => {
  const users = join(root, 'user');
  const names = await readdir(users).catch(() => []);
  const keys: string[] = [];
  for (const directory of [host, ...names.map((name) => join(users, name))]) {
    const config = await readConfig(directory);
    const own = readShape(hostConfig, config);
    const joined = readShape(joinedConfig, config);
    if (own.success) keys.push(founderOf(own.data.graph), ...(await laterKeys(directory)));
    else if (joined.success) keys.push(joined.data.host, ...(await laterKeys(directory)));
  }
  return [...new Set(keys)];
};

const laterKeys = async (directory: string): Promise<string[]> =>
  existsSync(join(directory, 'ledger', '000001.ndjson'))
    ? chainIn(await foldedTables(directory)).map(({ to }) => to)
    : [];
