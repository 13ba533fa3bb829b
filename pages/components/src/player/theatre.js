// The theatre: the component that shows a training as a film. Streamlit calls it again at every change of data or theme.

import { h } from "../shared/dom.js";
import { TrainingPlayer } from "./player.js";

/** @type {WeakMap<HTMLElement, Theatre>} */
const theatres = new WeakMap(); // parentElement -> what is shown in it

/** @param {{ parentElement: HTMLElement, data: import("./player.js").TheatreData }} component */
export default function ({ parentElement, data }) {
  const theatre = theatres.get(parentElement) ?? new Theatre(parentElement);
  theatres.set(parentElement, theatre);
  theatre.update(data);
  return () => {
    theatres.get(parentElement)?.destroy();
    theatres.delete(parentElement);
  };
}

/** One run at a time. */
class Theatre {
  /** @param {HTMLElement} parent */
  constructor(parent) {
    this.root = h("div", { className: "zs zs-theatre" });
    /** @type {TrainingPlayer | undefined} */
    this.player = undefined;
    parent.append(this.root);
  }

  /**
   * Takes what Python says now.
   * @param {import("./player.js").TheatreData} data
   */
  update(data) {
    if (data.run !== this.player?.run) {
      this.player?.leave();
      this.player = new TrainingPlayer(this.root, data);
    }
    this.player.update(data);
  }

  destroy() {
    this.player?.leave();
    // Emptied, because whoever still holds on to the element would hold on to all that was drawn in it.
    this.root.replaceChildren();
    this.root.remove();
  }
}
