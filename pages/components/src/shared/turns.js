// Work that is too much for one frame, such as decoding a hundred pictures: some of it in each, so that the page keeps answering.

const BUDGET = 8; // ms of it in one frame

export class Turns {
  /**
   * `task(index)` does one piece; `done()` is called once every piece is.
   * @param {(index: number) => void} task
   * @param {() => void} done
   */
  constructor(task, done = () => {}) {
    this.task = task;
    this.done = done;
    this.next = this.left = this.count = 0;
    this.frame = 0;
  }

  /**
   * All `count` pieces are to do again. Goes on where it was, so that each has its turn however often this is called.
   * @param {number} count
   */
  start(count) {
    if (count !== this.count) this.next = 0;
    this.left = this.count = count;
    cancelAnimationFrame(this.frame);
    this.work();
  }

  work() {
    const until = performance.now() + BUDGET;
    for (; this.left > 0 && performance.now() < until; this.left--, this.next = (this.next + 1) % this.count)
      this.task(this.next);
    if (this.left > 0) this.frame = requestAnimationFrame(() => this.work());
    else this.done();
  }

  stop() {
    cancelAnimationFrame(this.frame);
    this.left = 0;
  }
}
