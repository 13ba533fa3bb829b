// The page's end of the worker, which decodes what would keep the page itself from answering.

import { SOURCES } from "../shared/sources.js";

const REFUSED = "This browser runs no workers from a page like this one, and the map does without what needs one.";

export class Background {
  constructor() {
    this.listeners = new Map();
    this.asked = new Map(); // kind -> what was asked for last
    const url = URL.createObjectURL(new Blob([SOURCES.worker], { type: "text/javascript" }));
    try {
      this.worker = new Worker(url);
    } catch {
      return; // ask() says so
    }
    URL.revokeObjectURL(url);
    this.worker.onmessage = ({ data }) => this.listeners.get(data.kind)?.(data);
    this.worker.onerror = (event) => (event.message ? console.error(event.message) : this.refuse());
  }

  /** Calls `listener` with every message of a kind. */
  on(kind, listener) {
    this.listeners.set(kind, listener);
  }

  /** Asks for something. What was asked for under the same kind before, and isn't done yet, is dropped. */
  ask(kind, message = {}) {
    this.asked.set(kind, message.id);
    if (this.worker) this.worker.postMessage({ kind, ...message });
    else this.listeners.get(kind)?.({ kind, id: message.id, error: REFUSED });
  }

  /** The worker never began: a page may be told by its server to run none. Who waits for it hears of it. */
  refuse() {
    this.worker = undefined;
    for (const [kind, id] of this.asked) this.listeners.get(kind)?.({ kind, id, error: REFUSED });
  }

  destroy() {
    this.worker?.terminate();
  }
}
