// The page's end of the worker, which decodes what would keep the page itself from answering.

import { SOURCES } from "./sources.js";

export class Background {
  constructor() {
    this.listeners = new Map();
    const url = URL.createObjectURL(new Blob([SOURCES.worker], { type: "text/javascript" }));
    this.worker = new Worker(url);
    URL.revokeObjectURL(url);
    this.worker.onmessage = ({ data }) => this.listeners.get(data.kind)?.(data);
    this.worker.onerror = (event) => console.error(event.message);
  }

  /** Calls `listener` with every message of a kind. */
  on(kind, listener) {
    this.listeners.set(kind, listener);
  }

  /** Asks for something. What was asked for under the same kind before, and isn't done yet, is dropped. */
  ask(kind, message = {}) {
    this.worker.postMessage({ kind, ...message });
  }

  destroy() {
    this.worker.terminate();
  }
}
