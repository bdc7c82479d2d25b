/** Known agents as this repository has them: `.agents/PROFILE`, from npm, in the version that was tried. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { delimiter, dirname, join, resolve } from 'node:path';
import { KNOWN_AGENTS } from '../../src/adapters/engines/acp/known-agents.ts';
import { AGENT_PROFILES, type AgentProfile } from '../../src/core/vocabulary.ts';

const ROOT = resolve(import.meta.dirname, '../..', process.env.ENTANGLE_AGENTS ?? '.agents');
export const fromNpm = (): AgentProfile[] => AGENT_PROFILES.filter((one) => KNOWN_AGENTS[one].tried !== null);
const directoryOf = (profile: AgentProfile): string => join(ROOT, profile);

/** Where its command is found; null where it is absent, or another version. */
export const installedAgent = (profile: AgentProfile): string | null => {
  const { tried, command } = KNOWN_AGENTS[profile];
  if (tried === null) return null;
  const modules = join(directoryOf(profile), 'node_modules');
  const manifest = join(modules, tried.name, 'package.json');
  if (!existsSync(manifest) || !existsSync(join(modules, '.bin', command[0]))) return null;
  return JSON.parse(readFileSync(manifest, 'utf8')).version === tried.version ? join(modules, '.bin') : null;
};

/** A PATH on which the agent is found, with the Node that runs this: agents need a newer one than some machines have. */
export const pathWith = (bin: string): string =>
  [bin, dirname(process.execPath), process.env.PATH].join(delimiter);

/** Whether it is there now. Only an agent that is a program of its platform needs optional packages, and what they run. */
export const installAgent = (profile: AgentProfile): boolean => {
  if (installedAgent(profile) !== null) return true;
  const { tried } = KNOWN_AGENTS[profile];
  if (tried === null) return false;
  const directory = directoryOf(profile);
  mkdirSync(directory, { recursive: true });
  // `npm run` hands down that this repository runs none
  const whole = tried.isWhole ? ['--ignore-scripts=false'] : ['--omit=optional', '--ignore-scripts'];
  const options = ['--prefix', directory, '--no-audit', '--no-fund', '--loglevel=error', ...whole];
  const env = { ...process.env, PATH: pathWith(join(directory, 'node_modules/.bin')) };
  spawnSync('npm', ['install', ...options, `${tried.name}@${tried.version}`], {
    stdio: ['ignore', 2, 2],
    env,
  });
  return installedAgent(profile) !== null;
};
