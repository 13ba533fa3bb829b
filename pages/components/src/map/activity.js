// While somebody moves something here, a training on the same machine yields. The server has to be told.

const IDLE_INTERVAL = 10; // seconds, where the server doesn't say
const EVENTS = ["pointermove", "wheel", "keydown", "input"];
const LOCAL_HOST = /^(localhost|127(\.\d+){3}|\[::1\])$/;

/**
 * Tells the server whenever something in `element` is being moved, as often as it wants to hear of it. `url()` is where, an address of this very
 * machine, or null.
 * @param {HTMLElement} element
 * @param {() => string | null | undefined} url
 */
export function reportActivity(element, url) {
  if (!LOCAL_HOST.test(location.hostname)) return; // the server is another machine, to which its address would not lead
  /** @type {string | null | undefined} */
  let lastAddress; // the url of the last message
  let next = 0; // when it wants to hear again
  const report = async () => {
    const now = performance.now();
    const address = url();
    if (!address || (address === lastAddress && now < next)) return;
    lastAddress = address;
    next = Infinity;
    // Nobody there: the server is at the other end of a tunnel.
    const wait = await fetch(address, { method: "POST" })
      .then((answer) => answer.json())
      .then(
        (body) => body.wait,
        () => Infinity,
      );
    next = now + 1000 * (typeof wait === "number" ? wait : IDLE_INTERVAL);
  };
  for (const kind of EVENTS) element.addEventListener(kind, report, { passive: true, capture: true });
}
