/**
 * Synchronous decompression; `inflate.web.ts` is the browser's version, because the browser's own streams are
 * asynchronous and reject truncated data.
 */
export { constants, gunzipSync, inflateRawSync, inflateSync } from "node:zlib";
