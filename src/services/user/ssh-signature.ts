/** The second signature of an approval, where the graph has an SSH key of the person that is registered here, or a touch is wanted. */
import { readSshKey } from '../../core/crypto/ssh-key.ts';
import { sshFingerprint } from '../../core/crypto/ssh-signature.ts';
import { EntangleError } from '../../core/errors.ts';
import { APPROVAL_NAMESPACE, approvalLine, sshApproval, tokenKeys } from '../../core/evidence/touch.ts';
import type { BodyOf } from '../../core/protocol/table.ts';
import type { Home } from '../messaging/home.ts';
import type { User } from './user.ts';

type Request = Pick<BodyOf<'approval.request'>, 'assurance' | 'ssh' | 'subjectDigest'>;

/** In base64; null where nothing is to be signed so. Throws where it has to be, and cannot. */
export const sshSignature = async (
  { sshKeys, home }: Pick<User, 'sshKeys'> & { home: Pick<Home, 'suite' | 'log'> },
  { assurance, ssh = [], subjectDigest }: Request,
): Promise<string | null> => {
  const keys = assurance === undefined ? ssh : tokenKeys(ssh).map(({ text }) => text);
  const signer = sshKeys.find(({ key }) => keys.includes(key));
  if (!signer) {
    if (assurance === undefined) return null;
    throw unregistered(home, keys);
  }
  if (assurance !== undefined) home.log('warning', `touch your key ${nameOf(home, signer.key)} now`);
  const sshsig = await signer.sign(approvalLine(subjectDigest), APPROVAL_NAMESPACE);
  const made = sshApproval(home.suite, sshsig, subjectDigest, [signer.key]);
  if (made === null)
    throw new EntangleError('denied', 'what came back is no signature of this approval by that key', {
      hint: `see which key is meant: \`entangle user ssh-key list\``,
    });
  if (assurance === undefined || made.isTouched) return sshsig;
  throw new EntangleError('denied', `nobody touched the key ${nameOf(home, signer.key)}; nothing was sent`, {
    hint: 'use a key that asks for a touch: one that was made without `-O no-touch-required`',
  });
};

const nameOf = (home: Pick<Home, 'suite'>, key: string): string =>
  sshFingerprint(home.suite, readSshKey(key)!);

const unregistered = (home: Pick<Home, 'suite'>, keys: readonly string[]): EntangleError =>
  keys.length === 0
    ? new EntangleError(
        'denied',
        'this approval takes the touch of a key, and the graph has no such key of yours',
        {
          hint: 'ask the operator to put your `sk-` key into the graph: `entangle user ssh-key add FILE.pub` prints the line',
        },
      )
    : new EntangleError(
        'denied',
        `this approval takes the touch of your key ${keys.map((key) => nameOf(home, key)).join(' or ')}, which is not registered here`,
        {
          hint: 'add it: `entangle user ssh-key add FILE.pub`',
        },
      );
