/** As `cache-folder.ts`: a folder in a browser's memory. */
export const defaultCacheFolder = (): string => "/cache";
