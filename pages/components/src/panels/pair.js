// Two maps side by side, linked: what is pointed at or selected in one is so in the other, and both look at the same part of the plane.
// Python has laid the second plane onto the first, where both are of the same images.

import { h, memory } from "../shared/dom.js";
import { Drawer } from "./drawer.js";

const PAIR_KEY = "zscape:pair";
const MAX_MOVED = 24; // images that are selected by how far they lie apart
const MAX_TRAILS = 60; // images with a line to where they lie in the other map
/** @type {Record<string, [string, string]>} */
const LINKS = {
  image: ["image", "The other map shows where the nearest test image lies there"],
  place: ["place", "The other map shows what is decoded at the same place there"],
};

export class Pair {
  /**
   * `begin(element)` makes the app of one side.
   * @param {HTMLElement} parent
   * @param {(element: HTMLElement) => App} begin
   */
  constructor(parent, begin) {
    const known = memory.load(PAIR_KEY);
    /** @type {string} */
    this.follows = known.follows ?? "image"; // what the other map follows
    this.shown = "A"; // the map on top
    this.shared = false; // whether their points are of the same images
    this.following = this.gliding = this.rereading = false; // while the one map has the other do the same
    /** @type {App | undefined} */
    this.leading = undefined; // the one that somebody pointed at last
    /** @type {number | undefined} */
    this.pointed = undefined; // the image that is pointed at
    /** @type {Drawer | undefined} */
    this.drawer = undefined;
    /** @type {WeakSet<Plane>} */
    this.answering = new WeakSet(); // planes whose points answer
    /** @type {ArrayLike<number> | undefined} */
    this.selection = undefined; // what is selected, while a map is away
    this.letters = ["A", "B"].map((letter) =>
      h("button", { type: "button", onclick: () => this.show(letter) }, letter),
    );
    this.sides = h(
      "div",
      { className: "zs-choice zs-sides", role: "group", "aria-label": "Map shown" },
      ...this.letters,
    );
    this.links = Object.entries(LINKS).map(([link, [text, title]]) =>
      h("button", { type: "button", title, onclick: () => this.follow(link) }, text),
    );
    this.choice = h(
      "div",
      { className: "zs-choice", role: "group", "aria-label": "What the other map shows" },
      ...this.links,
    );
    this.most = h(
      "button",
      { type: "button", className: "zs-link", onclick: () => this.selectMoved() },
      `Select the ${MAX_MOVED} images that moved most`,
    );
    this.note = h("span", { className: "zs-note" });
    this.bar = h(
      "div",
      { className: "zs-two-bar" },
      this.sides,
      h("span", { className: "zs-note" }, "The other map follows the same"),
      this.choice,
      this.most,
      this.note,
    );
    this.hosts = [h("div", { className: "zs-host" }), h("div", { className: "zs-host" })];
    this.below = h("div", { className: "zs" });
    this.root = h(
      "div",
      { className: "zs-two" },
      h("div", { className: "zs" }, this.bar),
      h("div", { className: "zs-hosts" }, ...this.hosts),
      this.below,
    );
    parent.append(this.root);
    this.show(known.shown === "B" ? "B" : "A");
    /** @type {[App, App]} */
    this.apps = [begin(this.hosts[0]), begin(this.hosts[1])];
    for (const app of this.apps) app.link = this;
  }

  /**
   * Takes what Python says now.
   * @param {{ data: Partial<PairData> }} component
   */
  update({ data }) {
    const { sides, shared } = data;
    if (!sides) return;
    this.shared = Boolean(shared);
    // What is selected in one is so in both, and nothing of it concerns Python.
    /** @param {string} name */
    const setStateValue = (name) => {
      if (name === "selection") this.trail();
    };
    for (const [side, app] of this.apps.entries())
      app.update({ data: sides[side], setStateValue, setTriggerValue: () => {} });
    this.follow(this.follows);
    if (this.shared) this.join();
    else {
      this.part();
      this.selection = undefined;
    }
  }

  /** Both, where both maps are there and have the same images. */
  get mapped() {
    return this.joined ? /** @type {[MapApp, MapApp]} */ (this.apps) : undefined;
  }

  get joined() {
    return this.shared && this.apps.every(({ plane, root }) => plane && root.dataset.ready !== undefined);
  }

  /** @param {App} app */
  otherThan(app) {
    return this.apps[app === this.apps[0] ? 1 : 0];
  }

  /**
   * "image" or "place"; images that aren't shared can't be followed.
   * @param {string} link
   */
  follow(link) {
    this.follows = link;
    this.remember();
    const now = this.shared ? link : "place";
    for (const [place, name] of Object.keys(LINKS).entries()) {
      this.links[place].setAttribute("aria-pressed", String(name === now));
      this.links[place].disabled = name === "image" && !this.shared;
    }
    this.most.hidden = !this.shared;
  }

  /**
   * Which map is on top where there is room for one, "A" or "B"; the pictures of both stay in sight.
   * @param {string} letter
   */
  show(letter) {
    this.shown = this.root.dataset.shown = letter;
    for (const button of this.letters) button.setAttribute("aria-pressed", String(button.textContent === letter));
    this.remember();
  }

  remember() {
    memory.save(PAIR_KEY, { follows: this.follows, shown: this.shown });
  }

  // What the apps tell of

  /**
   * The pointer moved in one map, or the other one is being followed.
   * @param {App} app
   * @param {Place} place
   * @param {Near | null} nearest
   */
  moved(app, place, nearest) {
    const other = this.otherThan(app);
    if (this.following) return;
    if (!this.rereading) this.leading = app;
    if (!other.plane) return;
    this.following = true;
    const same = this.shared && this.follows === "image";
    if (!same) other.plane.cursor.moveTo(place);
    else if (nearest && other.plane.placement.has(nearest.index)) {
      if (other.panel) other.panel.image = nearest.index;
      other.plane.cursor.moveTo(other.plane.placement.pointAt(nearest.index));
      if (other.panel) other.panel.image = undefined;
    }
    this.following = false;
    this.pointed = nearest?.index;
    this.trail();
  }

  /**
   * The view of one map moved; the other one looks there, too.
   * @param {App} app
   */
  glided(app) {
    const other = this.otherThan(app);
    if (this.gliding || !this.joined || !app.plane) return;
    this.gliding = true;
    other.plane?.mirror(app.plane.view);
    this.gliding = false;
  }

  /**
   * A map is there, or shows another plane.
   * @param {App} app
   */
  laidOut(app) {
    if (this.joined) this.join();
    else if (!this.shared) app.plane?.redraw();
    this.read();
  }

  /** Both maps tell again of where somebody pointed last, or, at first, of where the left one begins. */
  read() {
    const plane = [this.leading, ...this.apps].find((app) => app?.plane)?.plane;
    this.rereading = true;
    plane?.cursor.moveTo(plane.cursor.place);
    this.rereading = false;
  }

  /**
   * A map is about to show another model: what is selected waits for it.
   * @param {App} app
   */
  left(app) {
    if (this.leading === app) this.leading = this.otherThan(app);
    this.selection = this.drawer?.chosen ?? this.selection;
    this.part();
  }

  // Images that both have

  join() {
    const both = this.mapped;
    if (!both) return;
    const [left, right] = both;
    const known = this.drawer?.between;
    if (known?.[0] !== left.plane || known?.[1] !== right.plane) {
      const chosen = this.drawer?.chosen ?? this.selection ?? [];
      this.part();
      const drawer = new Drawer(left, right);
      drawer.between = [left.plane, right.plane];
      this.drawer = drawer;
      this.below.replaceChildren(drawer.element);
      for (const app of both) this.answer(app, drawer);
      right.plane.mirror(left.plane.view);
      if (chosen.length) drawer.choose(chosen, false);
    }
    this.drawer?.refresh();
    this.trail();
  }

  /**
   * Has the points of one map answer and be selected, together with those of the other.
   * @param {MapApp} app
   * @param {Drawer} drawer
   */
  answer(app, drawer) {
    app.drawer = drawer;
    app.panel.pins = [];
    if (this.answering.has(app.plane)) return;
    this.answering.add(app.plane);
    app.answer();
  }

  /** Nothing is selected together any more. */
  part() {
    this.drawer?.destroy();
    this.drawer?.element.remove();
    this.drawer = undefined;
    for (const app of this.apps) {
      app.drawer = undefined;
      app.plane?.pointLayer.highlight([]);
      app.plane?.draw({});
    }
  }

  selectMoved() {
    const { mapped, drawer } = this;
    if (!mapped || !drawer) return;
    const [{ plane, points }, { plane: other }] = mapped;
    const moves = [];
    for (let index = 0; index < points.label.length; index++)
      if (plane.placement.has(index) && other.placement.has(index)) moves.push([drawer.movedBy(index), index]);
    moves.sort(([a, i], [b, j]) => b - a || i - j);
    drawer.sort = "moved";
    drawer.choose(Int32Array.from(moves.slice(0, MAX_MOVED), ([, index]) => index).sort());
  }

  /** In each map, lines from where images lie to where they lie in the other: of the one that is pointed at, and of a few that are selected. */
  trail() {
    if (!this.mapped || !this.drawer) return;
    const [{ plane: a }, { plane: b }] = this.mapped;
    const { chosen } = this.drawer;
    const shown = [
      ...(this.pointed === undefined ? [] : [this.pointed]),
      ...(chosen.length <= MAX_TRAILS ? chosen : []),
    ];
    const there = shown.filter((index) => a.placement.has(index) && b.placement.has(index));
    /** @param {Plane} plane @param {Plane} other */
    const draw = (plane, other) => {
      plane.draw({ trails: there.map((index) => [plane.placement.pointAt(index), other.placement.pointAt(index)]) });
    };
    draw(a, b);
    draw(b, a);
  }

  destroy() {
    this.part();
    for (const app of this.apps) app.destroy();
    this.root.remove();
  }
}
