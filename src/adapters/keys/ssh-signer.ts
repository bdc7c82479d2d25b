/** Signs with a person's SSH key by their own ssh-keygen, which finds it in their agent, on a token, or in its file. */
import { homedir } from 'node:os';
import { unarmorSignature } from '../../core/crypto/ssh-signature.ts';
import { EntangleError } from '../../core/errors.ts';
import type { SshSigner } from '../../ports/index.ts';
import { type ChildEnd, findProgram, runWithInput, searchPath } from '../system/child-process.ts';

/** As long as somebody may look for a token and touch it. */
const TOUCH_MS = 60_000;
/** Where the agent is, and what shows its questions; nothing else of ours goes along. */
const OWN = ['SSH_AUTH_SOCK', 'SSH_SK_PROVIDER', 'XDG_RUNTIME_DIR'];

/** `file`: absolute path of the `.pub` file; the private half lies beside it, in an agent, or on the token. */
export const sshSigner = ({ key, file }: { key: string; file: string }): SshSigner => ({
  key,
  async sign(line, namespace) {
    const program = findProgram('ssh-keygen');
    if (program === null)
      throw new EntangleError('unavailable', 'ssh-keygen is not installed, and signs with SSH keys', {
        hint: 'install OpenSSH',
      });
    const given = OWN.flatMap((name) => (process.env[name] ? [[name, process.env[name]] as const] : []));
    const env = { PATH: searchPath(), HOME: homedir(), LC_ALL: 'C', ...Object.fromEntries(given) };
    const args = ['-Y', 'sign', '-n', namespace, '-f', file];
    const end = await runWithInput({ program, args, env, cwd: '/' }, line, TOUCH_MS);
    const signature = end.code === 0 ? unarmorSignature(end.stdout) : null;
    if (signature === null) throw unsigned(file, end);
    return signature;
  },
});

const unsigned = (file: string, { code, stderr }: ChildEnd): EntangleError => {
  const said = stderr.trim().split('\n').at(-1)?.slice(0, 200);
  const why = code === null ? 'nobody touched it in time' : said || `ssh-keygen ended with ${code}`;
  return new EntangleError('denied', `the key of ${file} did not sign: ${why}; nothing was sent`, {
    hint: 'add it to your agent with `ssh-add`: entangle asks for no passphrase of it',
  });
};
