/** What a failing git said: in words a person can use, and as a code that tells what can pass from what never will. */
import { cutMiddle } from '../../core/encoding/cut.ts';
import { EntangleError, type ErrorCode } from '../../core/errors.ts';

type Rule = { says: RegExp; code: ErrorCode; hint: string };

// In the words of git 2.39 and later, of curl and of ssh. Whatever is not here may pass, and is tried again.
const FINAL: readonly Rule[] = [
  {
    says: /fsck error/,
    code: 'invalid',
    hint: 'remove the object that git names from the history of that branch, or use another base branch',
  },
  {
    says: /mismatched algorithms|different object format|unknown object format/,
    code: 'invalid',
    hint: 'use the repository that the store was made from: this one has another object format',
  },
  {
    says: /dubious ownership/,
    code: 'denied',
    hint: 'give the repository to the account that the runner has, or name it in its `safe.directory`',
  },
  {
    says: /promisor remote|lazy fetching disabled|did not send all necessary objects/,
    code: 'invalid',
    hint: 'use a complete clone: this one was made with --filter',
  },
  {
    says: /does not appear to be a git repository|repository '[^']*' not found|not a git repository|returned error: 4(?:04|10)|^ERROR: Repository not found/im,
    code: 'not_found',
    hint: 'check the address, and whether the credentials may see it',
  },
  {
    says: /Host key verification failed|REMOTE HOST IDENTIFICATION HAS CHANGED/,
    code: 'denied',
    hint: 'add the key of the host to known_hosts: `ssh-keyscan HOST`, compared with what its owner publishes',
  },
  {
    says: /Permission denied \(|could not read (?:Username|Password)|Authentication failed|access denied|returned error: 40[13]/i,
    code: 'denied',
    hint: 'check the credentials of the git principal, or of your own ssh where none is bound',
  },
  {
    says: /certificate (?:verification failed|problem)|certificate verify failed/i,
    code: 'denied',
    hint: 'name its certificate authority in GIT_SSL_CAINFO',
  },
  // 408, 425 and 429 ask for another try
  { says: /returned error: 4(?!08|25|29)\d\d/, code: 'denied', hint: 'check the address of the remote' },
  {
    says: /transport '[^']*' not allowed/,
    code: 'invalid',
    hint: 'use an https, ssh or file remote that the runner allows',
  },
];

const MAX_WORDS = 1500;

/** What a program printed, as one line: no control characters, no user part of an address, its beginning and its end. */
export const wordsOf = (printed: string): string =>
  cutMiddle(
    printed
      .replace(/\/\/[^/@\s]*@/g, '//***@')
      .replace(/[\s\u0000-\u001f\u007f-\u009f]+/g, ' ')
      .trim(),
    MAX_WORDS,
  );

/** `unavailable` where it may pass; any other code where trying again cannot help. */
export const gitFailed = (verb: string, result: { code: number; stderr: string }): EntangleError => {
  const rule = FINAL.find(({ says }) => says.test(result.stderr));
  const said = wordsOf(result.stderr) || `exit ${result.code}`;
  return new EntangleError(
    rule?.code ?? 'unavailable',
    `git ${verb} failed: ${said}`,
    rule && { hint: rule.hint },
  );
};

const OF_THIS_MACHINE =
  /No space left|quota exceeded|out of memory|Cannot allocate memory|Too many open files|Input\/output error|Read-only file system/i;

/** It reads nothing but the pack and the store: what it says, and is not of this machine, is of the pack, and stays so. */
export const packRefused = (result: { code: number; stderr: string }): EntangleError => {
  const error = gitFailed('index-pack', result);
  const mayPass = result.stderr.trim() === '' || OF_THIS_MACHINE.test(result.stderr);
  return mayPass || error.code !== 'unavailable' ? error : new EntangleError('invalid', error.message);
};

/** An answer that sends git elsewhere, which it does not follow. */
export const isRedirect = ({ stderr }: { stderr: string }): boolean =>
  /returned error: 30[1278]/.test(stderr);

/** Where a remote says that it is now, read from what git printed with the remote's headers. */
export const movedTo = ({ code, stderr }: { code: number; stderr: string }): EntangleError => {
  const location = /(?:^|\s)Location:\s*(\S{1,2000})/im.exec(stderr)?.[1];
  if (location === undefined || code === 0)
    return new EntangleError('invalid', 'the remote answered with a redirect, which is not followed');
  const address = wordsOf(location.replace(/\/info\/refs\b.*$/, ''));
  return new EntangleError('invalid', `the remote is not at this address: it moved to ${address}`, {
    hint: 'write that address into the graph if you trust it: a redirect is not followed',
  });
};

export const withoutHistory = (): EntangleError =>
  new EntangleError('invalid', 'the remote is a shallow clone: it has no whole history to work on', {
    hint: 'use a complete clone: `git fetch --unshallow` makes it one',
  });
