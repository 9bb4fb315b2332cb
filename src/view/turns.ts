/*
 * Work that is split up: each piece has a task of its own, and a frame is drawn now and then between
 * them, so that a slow processor shows what it has and takes what a visitor does.
 */

/** Milliseconds after a frame in which the next pieces need not wait for another. */
const BUDGET = 24;
/** A window that is covered draws no frames. */
const PATIENCE = 100;

const waiting = new Set<{ readonly body: () => void }>();
/** Messages, since the timers of a page in the background are held back. */
const channel = new MessageChannel();
/** When a frame was drawn last. */
let frame = -Infinity;

/** A message is on its way, or its piece at work. */
let isCalled = false;

channel.port1.onmessage = () => {
  const [piece] = waiting;
  try {
    if (piece !== undefined) {
      waiting.delete(piece);
      piece.body();
    }
  } finally {
    // The others have their turn whatever becomes of this one.
    isCalled = false;
    if (waiting.size > 0) call();
  }
};

/**
 * Calls `body` once, in a task of its own, after those that were asked for before.
 *
 * @returns takes it back
 */
export function inTurn(body: () => void): () => void {
  const piece = { body };
  waiting.add(piece);
  if (!isCalled) call();
  return () => void waiting.delete(piece);
}

function call(): void {
  isCalled = true;
  if (document.hidden || performance.now() - frame < BUDGET) channel.port2.postMessage(null);
  else afterFrame(() => channel.port2.postMessage(null));
}

/** A message that is sent from a frame arrives when that is drawn. */
function afterFrame(send: () => void): void {
  const go = (): void => {
    cancelAnimationFrame(request);
    clearTimeout(timer);
    frame = performance.now();
    send();
  };
  const request = requestAnimationFrame(go);
  const timer = setTimeout(go, PATIENCE);
}
