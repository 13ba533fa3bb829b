// A map with a panel beside it, of one model at a time: what each hears of the other, the condition in use, and what is remembered across page
// switches and reloads.

import { pointsOf, spreadOf } from "../geometry/points.js";
import { same } from "../nn/condition.js";
import { HoverCard } from "../panels/answer.js";
import { Finder } from "../panels/finder.js";
import { Originals } from "../panels/originals.js";
import { Thumbs } from "../render/thumbs.js";
import { h, memory } from "../shared/dom.js";
import { reportActivity } from "./activity.js";
import { Assembly } from "./assembly.js";
import { Loading } from "./loading.js";
import { Page } from "./page.js";

export class App {
  /** @param {HTMLElement} parent */
  constructor(parent) {
    this.root = h("div", { className: "zs" });
    this.page = new Page(this.root);
    this.originals = new Originals(() => this.refresh());
    this.data = /** @type {AppData} */ ({}); // until the first update
    /** @type {(name: string, value: unknown) => void} */
    this.send = () => {};
    /** @type {(name: string, value: unknown) => void} */
    this.trigger = () => {};
    /** @type {Condition} */
    this.condition = { beta: 1, label: null };
    this.frame = 0;
    /** @type {string | undefined} */
    this.model = undefined; // the panel and the model that are shown
    /** @type {Loading | undefined} */
    this.loading = undefined; // of what that one needs
    /** @type {Place | null} */
    this.cursor = null; // where it was before there is a map, if anywhere
    /** @type {Pair | undefined} */
    this.link = undefined; // if this is one of two maps
    /** @type {Panel | undefined} */
    this.panel = undefined;
    /** @type {Decoder | undefined} */
    this.decoder = undefined;
    /** @type {Keyframes | undefined} */
    this.keyframes = undefined;
    /** @type {Plane | undefined} */
    this.plane = undefined;
    /** @type {import("../panels/classes.js").ClassStrip | undefined} */
    this.classes = undefined; // where a class can be chosen
    /** @type {import("../panels/lower.js").LowerStrip | undefined} */
    this.lower = undefined; // where lower latents can be
    /** @type {Drawer | undefined} */
    this.drawer = undefined;
    /** @type {import("./map_worker.js").MapWorker | undefined} */
    this.worker = undefined;
    parent.append(this.root);
    reportActivity(this.root, () => this.data.activity);
  }

  /**
   * Takes what Python says now.
   * @param {Pick<Component, "data" | "setStateValue" | "setTriggerValue">} component
   */
  update({ data, setStateValue, setTriggerValue }) {
    this.data = data;
    this.send = setStateValue;
    this.trigger = setTriggerValue;
    const model = `${data.panel}:${data.model}`;
    if (model !== this.model) {
      this.model = model;
      this.load();
      return;
    }
    this.originals.set(data.originals);
    this.panel?.update?.(data);
    this.page.showFigures(data);
    if (this.plane?.retheme()) this.drawer?.arrange();
    if (data.panel === "side" && !same(data.condition, this.condition)) this.aim(data.condition);
    if (data.points !== this.loading?.points) this.refetch();
  }

  get key() {
    return `zscape:${this.model}`;
  }

  /** Has panel and map put together for the model at hand; the picture first, because it is there first. */
  load() {
    this.clear();
    const remembered = memory.load(this.key);
    this.cursor = remembered.cursor ?? (this.data.start ? null : [0, 0]);
    const assembly = new Assembly(this, remembered);
    this.loading = new Loading(this.data);
    this.loading.start(assembly);
  }

  /** Has the points of its map answer and be selected. */
  answer() {
    const { mapped } = this;
    this.originals.set(this.data.originals);
    mapped.plane.answer(new HoverCard(mapped), new Thumbs(mapped), (index) => this.spreadOf(index));
    mapped.plane.shapes.offer(new Finder(mapped));
  }

  // What changes while it is shown

  /** Has points fetched that Python has laid out otherwise; or all of them at the beta that it has been told, where there are too many to be
   * moved all. */
  refetch() {
    const { points, condition, projected } = this.data;
    if (!points || this.root.dataset.ready === undefined || !(projected || this.keyframes?.index)) return;
    this.loading?.refetch(points, (block) => {
      if (projected) this.layOut(block);
      else if (same(this.condition, condition)) this.replace(block, condition);
    });
  }

  /**
   * All points have come, as they lie under a condition.
   * @param {Block} block
   * @param {Condition} condition
   */
  replace({ arrays }, condition) {
    Object.assign(this.points ?? {}, arrays, { condition });
    this.plane?.motion.replace(arrays.mean);
    this.drawer?.refresh();
    this.refresh();
  }

  /**
   * The same points lie in another plane.
   * @param {Block} block
   */
  layOut(block) {
    const { plane } = this;
    if (!plane) return;
    this.worker?.introduce(this.data);
    plane.motion.become(pointsOf(block, this.data));
    plane.retune(this.condition);
    this.panel?.laidOut?.();
    this.drawer?.refresh();
    if (this.data.panel === "explore") plane.cursor.moveTo(plane.cursor.place);
    this.refresh();
  }

  /**
   * Moves everything to another condition, once a frame however often the slider says so.
   * @param {Condition} condition
   */
  aim(condition) {
    this.condition = condition;
    this.frame ||= requestAnimationFrame(() => {
      this.frame = 0;
      if (!this.panel) return;
      this.decoder?.tune(this.condition);
      if (this.keyframes?.mean) {
        this.plane?.motion.move(this.keyframes.meansAt(this.condition.beta), this.condition, this.keyframes.index);
      } else this.plane?.retune(this.condition);
      this.drawer?.refresh();
      this.panel.retuned();
      this.tell();
      this.root.dataset.beta = String(this.condition.beta);
    });
  }

  /** Where a class can be chosen, shows which one is, and has points of others faint. */
  tell() {
    this.classes?.retuned(this.condition);
    if (this.classes) this.plane?.pointLayer.single(this.classes.own ? null : this.condition.label);
  }

  /** Esc stops drawing, and then clears what is selected. */
  escape() {
    const shapes = this.plane?.shapes;
    if (shapes?.marquee.shape) shapes.use(null);
    else if (this.drawer?.chosen.length) this.drawer.choose([]);
  }

  /** Images, or how wide posteriors are, have come from the server. */
  refresh() {
    this.drawer?.repaint();
    this.plane?.refresh();
    this.panel?.refresh?.();
  }

  /** Something worth remembering has changed. */
  changed() {
    if (this.panel) memory.save(this.key, { ...this.plane?.state, ...this.panel.state, ...this.drawer?.state });
  }

  // What panels ask

  get points() {
    return this.plane?.placement.points;
  }

  get space() {
    return this.plane?.placement.space;
  }

  /** This app, for what is only made once its map is there. */
  get mapped() {
    return /** @type {MapApp} */ (this);
  }

  /** Decimals that a place of the map has. */
  get digits() {
    return this.plane?.view.digits;
  }

  /**
   * The latent at a place of the map, and how near points are that it comes from. Before there is a map, it is that of the image to begin with, or
   * of what was pointed at before.
   * @param {Place | null} place
   * @returns {{ z: number[], trust: number, own?: boolean }}
   */
  latentAt(place) {
    const dims = this.decoder?.latentDim ?? 0;
    if (place && this.plane) return this.plane.cursor.latentAt(place);
    if (!place) return { z: this.data.start?.z ?? new Array(dims).fill(0), trust: 1, own: true };
    if (dims === 2) return { z: place, trust: 1 };
    return { z: new Array(dims).fill(0), trust: 0 };
  }

  /**
   * Reconstruction errors of points, in nats, where their images are at hand; progress(share) is called meanwhile.
   * @param {Int32Array} indices
   * @param {(share: number) => void} progress
   */
  async errorsOf(indices, progress) {
    const { plane, condition, originals, worker } = this;
    if (!plane || !worker || !originals.place) throw new Error("The images are not on this machine");
    return worker.errorsOf(plane, indices, condition, originals.place, progress);
  }

  /**
   * How wide the posterior of a point is on the map in use, or null.
   * @param {number} index
   */
  spreadOf(index) {
    return this.points ? spreadOf(index, this.condition, this.points, this.keyframes) : null;
  }

  clear() {
    this.loading?.stop();
    delete this.root.dataset.ready;
    this.panel?.destroy?.();
    if (this.link) this.link.left(this);
    else this.drawer?.destroy();
    this.plane?.destroy();
    this.worker?.destroy();
    this.classes?.destroy();
    cancelAnimationFrame(this.frame);
    this.frame = 0;
    this.panel = this.plane = this.drawer = this.worker = this.classes = this.lower = undefined;
    this.decoder = this.keyframes = undefined;
  }

  destroy() {
    this.changed();
    this.clear();
    this.model = undefined;
    // Emptied, because whoever still holds on to the element would hold on to all that was drawn in it.
    this.root.replaceChildren();
    this.root.remove();
  }
}
