// Says where points lie as at another beta than what is decoded, and not just for a moment.

import { h } from "../shared/dom.js";

const NOTICE_DELAY = 700; // ms

export class Behind {
  constructor() {
    this.element = h("p", { className: "zs-behind", role: "status" });
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.waiting = undefined;
  }

  /**
   * @param {Condition} points that they lie as under
   * @param {Condition} pictures that they are decoded under
   */
  say(points, pictures) {
    clearTimeout(this.waiting);
    const [there, here] = [points, pictures].map(({ beta }) => Number(beta.toPrecision(3)));
    /** @param {string} text */
    const write = (text) => {
      this.element.textContent = text;
    };
    if (there === here) write("");
    else {
      const wait = this.element.textContent ? 0 : NOTICE_DELAY;
      this.waiting = setTimeout(write, wait, `Points as at β ${there}, pictures at β ${here}`);
    }
  }

  destroy() {
    clearTimeout(this.waiting);
  }
}
