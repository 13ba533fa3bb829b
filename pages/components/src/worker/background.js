// The page's end of the worker, which decodes what would keep the page itself from answering.

import { SOURCES } from "../shared/sources.js";

const REFUSAL = "This browser runs no workers from a page like this one, and the map does without what needs one.";

/** @param {string} kind @param {number | undefined} id @returns {WorkerAnswer} */
function refusal(kind, id) {
  return /** @type {WorkerAnswer} */ ({ kind, id, error: REFUSAL });
}

export class Background {
  constructor() {
    /** @type {Map<string, (answer: WorkerAnswer) => void>} */
    this.listeners = new Map();
    /** @type {Map<string, number | undefined>} */
    this.asked = new Map(); // kind -> what was asked for last
    const url = URL.createObjectURL(new Blob([SOURCES.worker], { type: "text/javascript" }));
    /** @type {Worker | undefined} */
    this.worker = undefined;
    try {
      this.worker = new Worker(url);
    } catch {
      return; // ask() says so
    }
    URL.revokeObjectURL(url);
    this.worker.onmessage = ({ data }) => this.listeners.get(data.kind)?.(data);
    this.worker.onerror = (event) => (event.message ? console.error(event.message) : this.refuse());
  }

  /**
   * Calls `listener` with every message of a kind.
   * @param {string} kind
   * @param {(answer: WorkerAnswer) => void} listener
   */
  on(kind, listener) {
    this.listeners.set(kind, listener);
  }

  /**
   * Asks for something. What was asked for under the same kind before, and isn't done yet, is dropped.
   * @param {string} kind
   * @param {Record<string, unknown> & { id?: number }} message
   */
  ask(kind, message = {}) {
    this.asked.set(kind, message.id);
    if (this.worker) this.worker.postMessage({ kind, ...message });
    else this.listeners.get(kind)?.(refusal(kind, message.id));
  }

  /** The worker never began: a page may be told by its server to run none. Who waits for it hears of it. */
  refuse() {
    this.worker = undefined;
    for (const [kind, id] of this.asked) this.listeners.get(kind)?.(refusal(kind, id));
  }

  destroy() {
    this.worker?.terminate();
  }
}
