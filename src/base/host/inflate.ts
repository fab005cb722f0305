/** Deflate, unpacked at once; `inflate.web.ts` is the same for a browser, whose own streams are asynchronous and refuse what is cut short. */
export { constants, gunzipSync, inflateRawSync, inflateSync } from "node:zlib";
