/** Files of a workspace, read for the engine that wrote them: never one that another wrote a way to. */
import { MAX_ATTACHED } from '../../core/bounds.ts';
import { secretIn } from '../../core/encoding/without-secrets.ts';
import type { NamedBytes } from '../../ports/index.ts';
import { type DirectingTurn, refused } from './directive.ts';
import type { Runner } from './runner.ts';

const isPlain = (path: string): boolean =>
  !path.includes('\0') && path.split('/').every((part) => part !== '' && part !== '.' && part !== '..');

export const filesOfTurn =
  (
    runner: Pick<Runner, 'readBelow'>,
    workspace: string,
    secrets: readonly NamedBytes[],
  ): DirectingTurn['fileOf'] =>
  async (path) => {
    if (!isPlain(path))
      return refused('bad_path', 'give the path below the workspace: names with a slash between them');
    const bytes = await runner.readBelow(workspace, path, MAX_ATTACHED.bytes);
    const secret = secretIn(secrets, bytes);
    if (secret === null) return bytes;
    return refused('has_secret', `the secret "${secret}" stands in it: take it out, and give it again`);
  };
