// A card that a button of the map opens and closes, one at a time.

import { h } from "../shared/dom.js";

let opened = null;

export class Card {
  constructor(title, icon, className = "") {
    this.button = h(
      "button",
      {
        type: "button",
        className: "zs-tool",
        title,
        "aria-label": title,
        "aria-expanded": "false",
        onclick: () => this.open(this.element.hidden),
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

  open(open) {
    if (open && opened !== this) opened?.open(false);
    opened = open ? this : null;
    this.element.hidden = !open;
    this.button.setAttribute("aria-expanded", String(open));
    if (!open) return;
    this.opening?.();
    this.element.querySelector("input")?.focus();
  }
}
