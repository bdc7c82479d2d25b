export const root: string;
export const stampFile: string;
export function sourceDigest(): string;
export function isBuilt(): boolean;
