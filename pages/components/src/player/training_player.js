// The training player: the component that shows a training as a film. Streamlit calls it again at every change of data or theme.

import { h } from "../shared/dom.js";
import { TrainingPlayer } from "./player.js";

/** @type {WeakMap<HTMLElement, Stage>} */
const stages = new WeakMap(); // parentElement -> what is shown in it

/** @param {{ parentElement: HTMLElement, data: import("./player.js").PlayerData }} component */
export default function ({ parentElement, data }) {
  const stage = stages.get(parentElement) ?? new Stage(parentElement);
  stages.set(parentElement, stage);
  stage.update(data);
  return () => {
    stages.get(parentElement)?.destroy();
    stages.delete(parentElement);
  };
}

/** One run at a time. */
class Stage {
  /** @param {HTMLElement} parent */
  constructor(parent) {
    this.root = h("div", { className: "zs zs-player" });
    /** @type {TrainingPlayer | undefined} */
    this.player = undefined;
    parent.append(this.root);
  }

  /**
   * Takes what Python says now.
   * @param {import("./player.js").PlayerData} data
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
