/** What a machine needs, tried as it is used. */
import { probeSandbox } from '../../adapters/engines/probe.ts';
import { keyringKeyStore } from '../../adapters/keys/keyring.ts';
import { findProgram, runProcess, searchPath } from '../../adapters/system/child-process.ts';
import { EntangleError } from '../../core/errors.ts';
import { readPackage } from '../kit/package-file.ts';
import type { DoctorCheck } from './finding.ts';

const PATIENCE_MS = 10_000;

const git = async (): Promise<string> => {
  const program = findProgram('git');
  const hint = 'install git: a runner fetches and publishes with it';
  if (program === null) throw new EntangleError('unavailable', 'git is not on PATH', { hint });
  const start = { program, args: ['--version'], env: { PATH: searchPath() }, cwd: '/' };
  const { code, stdout, stderr } = await runProcess(start, PATIENCE_MS);
  if (code === 0) return `${stdout.trim()}, ${program}`;
  throw new EntangleError('unavailable', `${program} does not start: ${stderr.trim()}`, { hint });
};

const sandbox = async (): Promise<string> => {
  const probe = await probeSandbox();
  if (probe.available) return `${probe.detail}, ${probe.program}`;
  throw new EntangleError('unavailable', `${probe.detail}: turns run with no isolation`, {
    hint: 'install bubblewrap 0.8 or newer and allow it user namespaces',
  });
};

const keyring = async (): Promise<string> => {
  await keyringKeyStore({ service: 'entangle:doctor', patienceMs: PATIENCE_MS }).list();
  return 'answers';
};

export const machineChecks = (root: string): DoctorCheck[] => [
  {
    name: 'entangle',
    wrong: 'problem',
    look: async () =>
      `${readPackage(root).version}, Node ${process.versions.node}, ${process.platform} ${process.arch}`,
  },
  { name: 'git', wrong: 'problem', look: git },
  { name: 'sandbox', wrong: 'warning', look: sandbox },
  { name: 'keyring', wrong: 'warning', look: keyring },
];
