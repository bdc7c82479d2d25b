/** Signs the requests to a Host with the key of its operator (NIP-98). */
import { suiteWasm } from '../../adapters/crypto/suite-wasm.ts';
import { readKeyFile } from '../../adapters/keys/key-file.ts';
import { systemClock } from '../../adapters/system/clock.ts';
import { systemRandom } from '../../adapters/system/random.ts';
import { toHex, utf8 } from '../../core/encoding/bytes.ts';
import { EntangleError } from '../../core/errors.ts';
import { payloadOf, requestTemplate, writeSignedRequest } from '../../core/host-api/signed-request.ts';
import { signEvent } from '../../core/nostr/event.ts';
import type { SignRequest } from '../../ports/index.ts';
import { hostConfig } from '../../services/setup/config.ts';
import type { HomePaths as Paths } from '../kit/settings.ts';
import { requireConfig } from './home-config.ts';
import { NO_HOST } from './missing-home.ts';
import { passphraseOf } from './passphrase.ts';

type Given = {
  'host-url'?: string | undefined;
  'host-npub'?: string | undefined;
  'operator-passphrase-file'?: string | undefined;
  'no-input'?: boolean | undefined;
};

export const operatorPassphrase = (flags: Given) => ({
  ...{ what: 'the key of the operator', unmade: 'no key was made', input: !flags['no-input'] },
  ...{ file: flags['operator-passphrase-file'], flag: '--operator-passphrase-file' },
  variable: 'ENTANGLE_OPERATOR_PASSPHRASE_FILE',
});

/** That of the home stands in its config; whose key a Host elsewhere has is for the operator to say, and not for that Host. */
const hostKey = async (paths: Paths, { 'host-npub': given, 'host-url': url }: Given): Promise<string> => {
  if (given !== undefined) return given;
  if (url === undefined) return (await requireConfig(paths.host, hostConfig, NO_HOST)).graph.split('/')[0]!;
  throw new EntangleError('usage', 'whose request is signed for a Host elsewhere names its public key', {
    hint: 'give it with --host-npub: it is in `entangle host status`',
  });
};

/** A process reads a key once, and asks once for its passphrase. */
const keys = new Map<string, Promise<{ secretKey: Uint8Array; pubkey: string }>>();
const keyIn = (file: string, flags: Given) => {
  const read = async () => {
    const secretKey = await readKeyFile(file, () => passphraseOf(operatorPassphrase(flags)));
    return { secretKey, pubkey: toHex(suiteWasm.publicKey(secretKey)) };
  };
  const known = keys.get(file) ?? read();
  keys.set(file, known);
  return known;
};

export const requestSigner = async (paths: Paths, file: string, flags: Given): Promise<SignRequest> => {
  const host = await hostKey(paths, flags);
  const { secretKey, pubkey } = await keyIn(file, flags);
  return async ({ method, url, body }) => {
    const payload = body === '' ? null : payloadOf(suiteWasm, utf8(body));
    const now = Math.floor(systemClock.now() / 1000);
    const template = requestTemplate({ method, url, host, payload }, now);
    const event = signEvent(suiteWasm, template, secretKey, systemRandom.bytes(32), pubkey);
    return { kind: 'nostr', event: writeSignedRequest(event) };
  };
};
