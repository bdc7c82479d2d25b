/** Private files and locks. */

/** Small files of a home: 0600 files in 0700 directories, written atomically (temp, fsync, rename, fsync directory). */
export interface Files {
  read(path: string): Promise<string | undefined>;
  write(path: string, text: string): Promise<void>;
  /** Fails with conflict if it exists (O_EXCL | O_NOFOLLOW). */
  create(path: string, text: string): Promise<void>;
  remove(path: string): Promise<void>;
  list(directory: string): Promise<string[]>;
  /** Makes the directory 0700; refuses one that is a symlink, foreign or group/world-writable. */
  directory(path: string): Promise<void>;
}

/** Kernel lock that dies with its owner. Throws conflict, naming the owner, when another process holds it. */
export type AcquireLock = (path: string, owner: string) => Promise<{ release(): Promise<void> }>;
