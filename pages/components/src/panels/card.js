// A card that a button of the map opens and closes, one at a time.

import { h } from "../shared/dom.js";

/** @type {Card | null} */
let opened = null;

export class Card {
  /** @param {string} title @param {string} icon */
  constructor(title, icon, className = "") {
    /** @type {() => void} */
    this.opening = () => {}; // called before it opens
    this.button = h(
      "button",
      {
        type: "button",
        className: "zs-tool",
        title,
        "aria-label": title,
        "aria-expanded": "false",
        onclick: () => this.open(Boolean(this.element.hidden)),
      },
      icon,
    );
    this.element = h("div", { className: `zs-card ${className}`, role: "group", "aria-label": title, hidden: true });
    this.element.onkeydown = (event) => {
      if (event.key !== "Escape") return;
      this.open(false);
      this.button.focus();
    };
  }

  /** @param {boolean} open */
  open(open) {
    if (open && opened !== this) opened?.open(false);
    opened = open ? this : null;
    this.element.hidden = !open;
    this.button.setAttribute("aria-expanded", String(open));
    if (!open) return;
    this.opening();
    this.element.querySelector("input")?.focus();
  }
}
