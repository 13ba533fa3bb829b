// The bar below a film: play, the slider through time, speed, following, full screen.

import { h, svg, tool } from "../shared/dom.js";

const SPEEDS = [0.5, 1, 2, 4];
const TICKS = 9; // epochs named below the slider
/** @type {Record<string, string>} */
const ICONS = {
  play: "M4 2.5v11l9-5.5z",
  pause: "M4 3h3v10H4zM9 3h3v10H9z",
  expand: "M2 6V2h4M10 2h4v4M14 10v4h-4M6 14H2v-4",
};

export class Transport {
  /**
   * @param {number} speed
   * @param {{ toggle(): void, seek(moment: number): void, turn(way: number): void, hurry(speed: number): void, follow(): void,
   *   fill(): void }} listener `turn` goes to the next snapshot, or to the one before
   */
  constructor(speed, listener) {
    this.listener = listener;
    this.play = h("button", { type: "button", className: "zs-tool zs-play", onclick: () => listener.toggle() });
    this.slider = h("input", {
      type: "range",
      min: "0",
      max: "0",
      step: "any",
      "aria-label": "Moment of the training",
      oninput: () => listener.seek(Number(this.slider.value)),
      onkeydown: (/** @type {KeyboardEvent} */ event) => this.press(event),
    });
    this.ticks = h("div", { className: "zs-ticks", "aria-hidden": "true" });
    this.clock = h("output", { className: "zs-clock", "aria-live": "off" });
    this.speeds = h(
      "select",
      {
        className: "zs-speed",
        "aria-label": "Speed",
        title: "Speed",
        onchange: () => listener.hurry(Number(this.speeds.value)),
      },
      ...SPEEDS.map((each) => h("option", { value: String(each), selected: each === speed }, `${each}×`)),
    );
    this.live = h(
      "button",
      {
        type: "button",
        className: "zs-tool zs-live",
        title: "Follow the training as it goes on",
        "aria-pressed": "false",
        onclick: () => listener.follow(),
      },
      "Live",
    );
    const wide = tool("Full screen", "", () => listener.fill());
    wide.append(icon("expand"));
    this.element = h(
      "div",
      { className: "zs-transport" },
      this.play,
      h("div", { className: "zs-track" }, this.slider, this.ticks),
      this.clock,
      this.live,
      this.speeds,
      wide,
    );
  }

  /**
   * Arrows go from snapshot to snapshot.
   * @param {KeyboardEvent} event
   */
  press(event) {
    const ways = new Map([
      ["ArrowRight", 1],
      ["ArrowUp", 1],
      ["ArrowLeft", -1],
      ["ArrowDown", -1],
    ]);
    const way = ways.get(event.key);
    if (!way) return;
    event.preventDefault();
    this.listener.turn(way);
  }

  /** @param {boolean} playing @param {boolean} following */
  sayPlaying(playing, following) {
    this.play.replaceChildren(icon(playing ? "pause" : "play"));
    this.play.title = playing ? "Pause" : "Play";
    this.play.setAttribute("aria-label", this.play.title);
    this.sayFollowing(following);
  }

  /** @param {boolean} following */
  sayFollowing(following) {
    this.live.setAttribute("aria-pressed", String(following));
  }

  /**
   * A moment is shown, which these words say.
   * @param {number} moment
   * @param {string} words
   */
  show(moment, words) {
    this.slider.value = String(moment);
    this.clock.textContent = words;
    this.slider.setAttribute("aria-valuetext", words);
  }

  /**
   * The slider goes through snapshots, the epoch of each of which is given.
   * @param {number[]} epochs
   */
  fill(epochs) {
    const last = epochs.length - 1;
    this.slider.max = String(Math.max(last, 1e-6));
    this.ticks.replaceChildren(
      ...ticksOf(epochs).map((place) => {
        const mark = h("span", {}, epochs[place].toLocaleString("en"));
        mark.style.setProperty("--zs-place", String(last ? place / last : 0));
        return mark;
      }),
    );
  }
}

/**
 * Which of some snapshots are named below the slider: some of those at whole epochs, evenly, and no two of them too close.
 * @param {number[]} epochs
 */
export function ticksOf(epochs) {
  const last = epochs.length - 1;
  const whole = [...epochs.keys()].filter((place) => Number.isInteger(epochs[place]));
  const every = Math.max(1, Math.ceil(whole.length / TICKS));
  const shown = whole.filter((_, n) => n === 0 || n === 1 || n % every === 0 || n === whole.length - 1);
  return shown.filter(
    (place, n) => n === shown.length - 1 || !n || (shown[n + 1] ?? Number.POSITIVE_INFINITY) - place >= last / 24,
  );
}

/** @param {string} name */
function icon(name) {
  return svg(
    "svg",
    { viewBox: "0 0 16 16", width: 14, height: 14, class: `zs-icon zs-icon-${name}`, "aria-hidden": "true" },
    svg("path", { d: ICONS[name] }),
  );
}
