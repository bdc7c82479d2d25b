/** Every outside effect of entangle, one interface a file. Adapters implement these; `cli/wiring` and `local` join them. */
export * from './api.ts';
export * from './clock.ts';
export * from './engine.ts';
export * from './files.ts';
export * from './git.ts';
export * from './identity.ts';
export * from './key-backup.ts';
export * from './keys.ts';
export * from './ledger.ts';
export * from './measures.ts';
export * from './processes.ts';
export * from './projection.ts';
export * from './prompt.ts';
export * from './relay.ts';
export * from './ssh.ts';
export * from './used-once.ts';
