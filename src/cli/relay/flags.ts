/** Flags of `relay serve`. */
import * as Flags from '@oclif/core/flags';
import { RELAY_URL } from '../../core/grammars.ts';
import { fitting, publicKeyFlag } from '../kit/flags.ts';

export const relayFlags = {
  listen: Flags.string({
    helpValue: 'ADDRESS',
    description: 'address to listen on',
    default: '127.0.0.1',
    env: 'ENTANGLE_RELAY_LISTEN',
  }),
  port: Flags.integer({
    helpValue: 'PORT',
    description: 'port to listen on; 0 picks a free one',
    default: 7777,
    min: 0,
    max: 65535,
    env: 'ENTANGLE_RELAY_PORT',
  }),
  owner: publicKeyFlag({
    description: 'npub of the Host whose members may write',
    env: 'ENTANGLE_RELAY_OWNER',
  }),
  url: Flags.string({
    ...fitting(RELAY_URL),
    helpValue: 'URL',
    description: 'public URL of the relay, when it is behind a proxy',
    env: 'ENTANGLE_RELAY_URL',
  }),
};
