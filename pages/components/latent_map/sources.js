// What a bundle carries besides its code. Python writes it in here (vae/web/export.py), so that the page fetches nothing more.

export const SOURCES = {
  kernel: "", // kernel.wasm in base64
  worker: "", // the script of the worker
};
