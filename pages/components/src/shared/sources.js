// What a bundle carries besides its code. The build (pages/components/build.mjs) writes it in here, so that the page fetches nothing more.

export const SOURCES = {
  kernel: globalThis.ZSCAPE_KERNEL ?? "", // kernel.wasm in base64
  worker: globalThis.ZSCAPE_WORKER ?? "", // the script of the worker
};
