/** The person's own ssh-keygen signs by their agent, their file or their token, and verifies what we verify. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startSshAgent } from '../../../test/support/ssh-agent.ts';
import { sshsigBy, type TokenOptions, testSshKey } from '../../../test/support/ssh-token.ts';
import { readSshKey } from '../../core/crypto/ssh-key.ts';
import { armorSignature } from '../../core/crypto/ssh-signature.ts';
import { APPROVAL_NAMESPACE, approvalLine, sshApproval } from '../../core/evidence/touch.ts';
import { suiteWasm } from '../crypto/suite-wasm.ts';
import { findProgram } from '../system/child-process.ts';
import { sshSigner } from './ssh-signer.ts';

const keygen = findProgram('ssh-keygen');
if (keygen === null) console.log('no ssh-keygen here: what it signs and verifies is left out');
const DIGEST = 'd1'.repeat(32);
let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'entangle-ssh-'));
});
afterEach(() => {
  delete process.env.SSH_AUTH_SOCK;
  rmSync(directory, { recursive: true });
});
const KINDS: TokenOptions[] = [
  { curve: 'ed25519', isToken: false },
  { curve: 'ed25519', isToken: true },
  { curve: 'p256', isToken: false },
  { curve: 'p256', isToken: true },
];

describe.runIf(keygen !== null)('ssh-keygen', () => {
  test.each(KINDS)('signs by an agent with a key of %o', async (options) => {
    const key = testSshKey(options);
    const file = join(directory, 'key.pub');
    writeFileSync(file, `${key.line} a comment\n`);
    process.env.SSH_AUTH_SOCK = join(directory, 'agent');
    const agent = await startSshAgent(process.env.SSH_AUTH_SOCK, [testSshKey({ seed: 9 }), key]);
    try {
      const made = await sshSigner({ key: key.line, file }).sign(approvalLine(DIGEST), APPROVAL_NAMESPACE);
      expect(sshApproval(suiteWasm, made, DIGEST, [key.line])).toMatchObject({ isTouched: options.isToken });
      expect(agent.signed()).toBe(1);
    } finally {
      await agent.close();
    }
  });

  test('signs with a key file, and says why it does not', async () => {
    const path = join(directory, 'id');
    execFileSync(keygen!, ['-q', '-t', 'ed25519', '-N', '', '-f', path]);
    const line = readSshKey(execFileSync('cat', [`${path}.pub`], { encoding: 'utf8' }))!.text;
    const signer = sshSigner({ key: line, file: `${path}.pub` });
    const made = await signer.sign(approvalLine(DIGEST), APPROVAL_NAMESPACE);
    expect(sshApproval(suiteWasm, made, DIGEST, [line])?.key.text).toBe(line);
    rmSync(path);
    await expect(signer.sign('x', APPROVAL_NAMESPACE)).rejects.toMatchObject({
      ...{ code: 'denied', message: expect.stringContaining('nothing was sent') },
    });
  });

  test('asks for no passphrase at our terminal: such a key has to be in an agent', async () => {
    const path = join(directory, 'locked');
    execFileSync(keygen!, ['-q', '-t', 'ed25519', '-N', 'secret words', '-f', path]);
    const signer = sshSigner({ key: '', file: `${path}.pub` });
    await expect(signer.sign('x', APPROVAL_NAMESPACE)).rejects.toMatchObject({
      ...{ code: 'denied', hint: expect.stringContaining('ssh-add') },
    });
  });

  test.each(KINDS)('verifies what a key of %o signed, and what we refuse', (options) => {
    const key = testSshKey(options);
    const verify = (sshsig: string, line = approvalLine(DIGEST)): number | null => {
      writeFileSync(join(directory, 'signers'), `alice namespaces="git,${APPROVAL_NAMESPACE}" ${key.line}\n`);
      writeFileSync(join(directory, 'sig'), armorSignature(sshsig));
      const args = ['-Y', 'verify', '-f', 'signers', '-I', 'alice', '-n', APPROVAL_NAMESPACE, '-s', 'sig'];
      return spawnSync(keygen!, args, { cwd: directory, input: line }).status;
    };
    const good = sshsigBy(key, approvalLine(DIGEST));
    expect(verify(good)).toBe(0);
    expect(verify(sshsigBy(key, approvalLine(DIGEST), { hash: 'sha256' }))).toBe(0);
    expect(verify(good, approvalLine('d2'.repeat(32)))).not.toBe(0);
    expect(verify(sshsigBy(key, approvalLine(DIGEST), { namespace: 'git' }))).not.toBe(0);
    expect(verify(sshsigBy(testSshKey({ ...options, seed: 5 }), approvalLine(DIGEST)))).not.toBe(0);
  });
});
