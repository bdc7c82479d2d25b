/** What a machine needs, tried as it is used. */
import { requireSandbox } from '../../adapters/engines/probe.ts';
import { keyringKeyStore } from '../../adapters/keys/keyring.ts';
import { readPackage } from '../kit/package-file.ts';
import { requireGit } from '../wiring/capabilities.ts';
import type { DoctorCheck } from './finding.ts';

const PATIENCE_MS = 10_000;

const git = async (): Promise<string> => {
  const { program, version } = await requireGit();
  return `${version}, ${program}`;
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
  { name: 'sandbox', wrong: 'warning', look: async () => `bubblewrap works, ${await requireSandbox()}` },
  { name: 'keyring', wrong: 'warning', look: keyring },
];
