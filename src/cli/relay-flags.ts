/** Flags of `relay serve`. */
import * as Flags from '@oclif/core/flags';

export const relayFlags = {
  listen: Flags.string({
    description: 'address to listen on',
    default: '127.0.0.1',
    env: 'ENTANGLE_RELAY_LISTEN',
  }),
  port: Flags.integer({
    description: 'port; 0 takes any free one',
    default: 7777,
    min: 0,
    max: 65535,
    env: 'ENTANGLE_RELAY_PORT',
  }),
  owner: Flags.string({
    description: 'the Host: only its members may write here',
    env: 'ENTANGLE_RELAY_OWNER',
    helpValue: 'NPUB',
  }),
  url: Flags.string({
    description: 'URL under which others reach it, behind a proxy',
    env: 'ENTANGLE_RELAY_URL',
  }),
};
