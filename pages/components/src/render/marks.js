// What lies over the points, in SVG: the prior's circles and components, names, pins, rings, paths, trails, the cursor and the nearest posterior.

import { placeAt, svg } from "../shared/dom.js";
import { Labels } from "./labels.js";

const LEAST_STRENGTH = 0.15; // of a component of the prior that weighs next to nothing, beside the heaviest

export class Marks {
  constructor() {
    this.labels = new Labels();
    this.circles = svg("g", { class: "zs-circles" });
    this.trails = svg("g", { class: "zs-trails" });
    this.path = svg("g", { class: "zs-path" });
    this.rings = svg("g", { class: "zs-rings" });
    this.pins = svg("g", { class: "zs-pins" });
    this.spread = svg("g", { class: "zs-spread" });
    this.cursor = svg("g", { class: "zs-cursor" });
    this.outline = svg("g", { class: "zs-outline" }); // for a shape that is being drawn
    this.element = svg(
      "svg",
      { class: "zs-overlay", "aria-hidden": "true" },
      this.circles,
      this.labels.element,
      this.trails,
      this.path,
      this.rings,
      this.pins,
      this.spread,
      this.cursor,
      this.outline,
    );
    this.ellipses = [1, 2].map(() => svg("ellipse", {}));
    this.cursorMark = svg("g", {}, svg("circle", { r: 7, class: "zs-halo" }), svg("circle", { r: 7 }));
    this.nearMark = svg("circle", { r: 5, class: "zs-near" });
  }

  /**
   * Nothing is drawn beside this box; returns the same in CSS, for what else keeps inside.
   * @param {Box} box
   */
  clip([left, top, width, height]) {
    const clip = `inset(${top}px calc(100% - ${left + width}px) calc(100% - ${top + height}px) ${left}px)`;
    this.element.style.clipPath = clip;
    return clip;
  }

  /**
   * @param {import("../geometry/view.js").View} view
   * @param {PlaneMarks} marks
   */
  draw(view, { pins = [], rings = [], active = -1, path = [], at = null, trails = [] }) {
    this.labels.draw(view);
    this.trails.replaceChildren(...trails.map(([from, to]) => trail(view.toPixels(from), view.toPixels(to))));
    this.pins.replaceChildren(
      ...pins.map(({ place, name, active: chosen }) =>
        placeAt(
          svg("g", { class: chosen ? "zs-pin zs-active" : "zs-pin" }, svg("circle", { r: 9 }), svg("text", {}, name)),
          view.toPixels(place),
        ),
      ),
    );
    this.rings.replaceChildren(
      ...rings.map((place, index) =>
        placeAt(
          svg("circle", { r: index === active ? 8 : 4, class: index === active ? "zs-active" : "" }),
          view.toPixels(place),
        ),
      ),
    );
    const points = path.map((place) => joined(view.toPixels(place))).join(" ");
    this.path.replaceChildren(
      ...(path.length ? [svg("polyline", { points, class: "zs-halo" }), svg("polyline", { points })] : []),
      ...(at ? [placeAt(svg("circle", { r: 6 }), view.toPixels(at))] : []),
    );
  }

  /**
   * The prior: circles with their labels around a place, and the ellipse of one standard deviation of each component, the stronger the more it
   * weighs; or, without a place, nothing.
   * @param {import("../geometry/view.js").View} view
   * @param {Place | null} centre
   * @param {Ring[]} rings
   * @param {PriorComponent[]} components
   */
  drawPrior(view, centre, rings, components) {
    if (!centre) {
      this.circles.replaceChildren();
      return;
    }
    const [left, top] = view.toPixels(centre);
    const unit = view.frame.width;
    const heaviest = Math.max(...components.map(({ weight }) => weight));
    this.circles.replaceChildren(
      ...rings.flatMap(([radius, label]) => [
        svg("circle", { cx: left, cy: top, r: radius * unit }),
        placeAt(svg("text", {}, label), [left, top - radius * unit]),
      ]),
      ...components.map(({ weight, place, std }) => {
        const strength = LEAST_STRENGTH + (1 - LEAST_STRENGTH) * (weight / heaviest);
        const ellipse = svg("ellipse", { "stroke-opacity": strength.toFixed(2), "fill-opacity": strength.toFixed(2) });
        return shape(ellipse, view, place, axesOf(std));
      }),
    );
  }

  /**
   * The cursor, and the point near it, if there is one: where it lies, its colour, and the standard deviations and the correlation of its
   * posterior, where they are known.
   * @param {import("../geometry/view.js").View} view
   * @param {Place} cursor
   * @param {{ place: Place, colour: string, std: number[] | null } | null} near
   */
  drawCursor(view, cursor, near) {
    if (!this.cursorMark.parentNode) this.cursor.replaceChildren(this.nearMark, this.cursorMark);
    placeAt(this.cursorMark, view.toPixels(cursor));
    this.nearMark.style.display = near ? "" : "none";
    if (near) {
      this.nearMark.style.stroke = near.colour;
      placeAt(this.nearMark, view.toPixels(near.place));
    }
    if (near?.std) this.drawSpread(view, near.place, near.colour, near.std);
    else this.spread.replaceChildren();
  }

  /**
   * One and two standard deviations of a posterior.
   * @param {import("../geometry/view.js").View} view
   * @param {Place} place
   * @param {string} colour
   * @param {number[]} std
   */
  drawSpread(view, place, colour, std) {
    if (!this.ellipses[0].parentNode) this.spread.replaceChildren(...this.ellipses);
    const [along, beside, turn] = axesOf(std);
    for (const [at, ellipse] of this.ellipses.entries()) {
      shape(ellipse, view, place, [(at + 1) * along, (at + 1) * beside, turn]);
      ellipse.style.stroke = colour;
    }
  }
}

/**
 * Gives an ellipse its place and its axes, which are turned by so many degrees.
 * @param {SVGElement} ellipse
 * @param {import("../geometry/view.js").View} view
 * @param {Place} place
 * @param {[number, number, number]} axes
 */
function shape(ellipse, view, place, [along, beside, turn]) {
  const [left, top] = view.toPixels(place);
  const { width } = view.frame; // and as much for a unit up
  const radii = { cx: left, cy: top, rx: along * width, ry: beside * width };
  for (const [name, value] of Object.entries(radii)) ellipse.setAttribute(name, value.toFixed(1));
  ellipse.setAttribute("transform", `rotate(${turn.toFixed(2)} ${left.toFixed(1)} ${top.toFixed(1)})`);
  return ellipse;
}

/** @param {Spot} from @param {Spot} to */
function trail([fromX, fromY], [toX, toY]) {
  return svg("line", { x1: fromX, y1: fromY, x2: toX, y2: toY });
}

/** @param {Spot} spot */
function joined(spot) {
  return spot.map((value) => value.toFixed(1)).join(",");
}

/**
 * The axes of the ellipse with standard deviations and correlation [across, up, tilt], and by how many degrees they are turned on the
 * screen, where up is down.
 * @param {number[]} std
 * @returns {[number, number, number]}
 */
export function axesOf([across, up, tilt = 0]) {
  if (!tilt) return [across, up, 0];
  const [a, b, c] = [across ** 2, up ** 2, tilt * across * up];
  const [middle, half] = [(a + b) / 2, Math.hypot((a - b) / 2, c)];
  const turn = (-90 / Math.PI) * Math.atan2(2 * c, a - b);
  return [Math.sqrt(middle + half), Math.sqrt(Math.max(0, middle - half)), turn];
}
