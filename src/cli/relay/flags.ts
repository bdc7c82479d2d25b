/** Flags of `relay serve`. */
import * as Flags from '@oclif/core/flags';

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
  owner: Flags.string({
    description: 'npub of the Host whose members may write',
    env: 'ENTANGLE_RELAY_OWNER',
    helpValue: 'NPUB',
  }),
  url: Flags.string({
    helpValue: 'URL',
    description: 'public URL of the relay, when it is behind a proxy',
    env: 'ENTANGLE_RELAY_URL',
  }),
};
