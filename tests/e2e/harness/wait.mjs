const PAUSE_MS = 50;

/** @param {number} ms */
export const pause = (ms) => new Promise((done) => setTimeout(done, ms));

/**
 * Asks again until the answer is truthy. An answer that throws is "not yet", and named when time is up.
 *
 * @template T
 * @param {string} what in words, for the message
 * @param {() => T | Promise<T>} ask
 * @param {number} [ms]
 * @returns {Promise<Exclude<T, false | null | undefined>>}
 */
export async function until(what, ask, ms = 15_000) {
  const end = Date.now() + ms;
  let last;
  for (;;) {
    try {
      const answer = await ask();
      if (answer) return /** @type {Exclude<T, false | null | undefined>} */ (answer);
      last = answer;
    } catch (error) {
      last = error instanceof Error ? error.message : error;
    }
    if (Date.now() > end) throw new Error(`not within ${ms} ms: ${what} (last: ${String(last)})`);
    await pause(PAUSE_MS);
  }
}
