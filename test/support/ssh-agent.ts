/** An ssh-agent in this process (draft-miller-ssh-agent): it has such keys, and signs with them whatever it is asked to. */
import { rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { SshReader, sshString, uint32Bytes } from '../../src/core/crypto/ssh-key.ts';
import { compare, concat, utf8 } from '../../src/core/encoding/bytes.ts';
import type { TestSshKey } from './ssh-token.ts';

const FAILURE = Uint8Array.of(5);
const [IDENTITIES, SIGN] = [11, 13];

const answer = (keys: readonly TestSshKey[], request: Uint8Array): Uint8Array => {
  const reader = new SshReader(request.subarray(1));
  if (request[0] === IDENTITIES) {
    const each = keys.flatMap(({ blob }) => [sshString(blob), sshString(utf8('a key of a test'))]);
    return concat(Uint8Array.of(12), uint32Bytes(keys.length), ...each);
  }
  if (request[0] !== SIGN) return FAILURE;
  const blob = reader.bytes();
  const key = keys.find((one) => compare(one.blob, blob) === 0);
  return key ? concat(Uint8Array.of(14), sshString(key.signature(reader.bytes()))) : FAILURE;
};

/** `signed`: how often it was asked to sign. */
export const startSshAgent = async (path: string, keys: readonly TestSshKey[]) => {
  let signed = 0;
  const server = createServer((socket) => {
    let read = Buffer.alloc(0);
    socket
      .on('error', () => undefined)
      .on('data', (bytes) => {
        read = Buffer.concat([read, bytes]);
        while (read.length >= 4 && read.length >= 4 + read.readUInt32BE(0)) {
          const request = read.subarray(4, 4 + read.readUInt32BE(0));
          read = read.subarray(4 + request.length);
          if (request[0] === SIGN) signed++;
          socket.write(sshString(answer(keys, request)));
        }
      });
  });
  await new Promise<void>((done) => server.listen(path, done));
  return {
    signed: () => signed,
    close: async () => {
      await new Promise((done) => server.close(done));
      rmSync(path, { force: true });
    },
  };
};
