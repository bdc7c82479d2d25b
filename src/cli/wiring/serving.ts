import type { LogLevel } from '../../core/vocabulary.ts';
import type { KeyOptions } from './key-stores.ts';
export type WireOptions = KeyOptions & { log: (level: LogLevel, text: string) => void };

export type Serving = { lines: string[]; ended: Promise<Error | null>; close(): Promise<void> };
