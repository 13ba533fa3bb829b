// While somebody moves something here, a training on the same machine gives way. The server has to be told.

const RARELY = 10; // seconds, where the server doesn't say
const HANDS = ["pointermove", "wheel", "keydown", "input"];

/** Tells the server at `url` whenever something in `element` is being moved, as often as it wants to hear of it. */
export function tellOfHands(element, url) {
  let next = 0; // when the server wants to hear again
  const tell = async () => {
    const now = performance.now();
    if (now < next) return;
    next = Infinity;
    const wait = await fetch(url, { method: "POST" }).then((answer) => answer.json()).then((found) => found.wait, () => RARELY);
    next = now + 1000 * (Number.isFinite(wait) ? wait : RARELY);
  };
  for (const kind of HANDS) element.addEventListener(kind, tell, { passive: true, capture: true });
}
