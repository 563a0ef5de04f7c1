const POLL_INTERVAL_MS = 50;

/** @param {number} ms */
export const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

/**
 * Polls until the answer is truthy. An answer that throws counts as "not yet"; the last one is named at the timeout.
 *
 * @template T
 * @param {string} what the condition in words, for the error message
 * @param {() => T | Promise<T>} ask
 * @param {number} [timeoutMs]
 * @returns {Promise<Exclude<T, false | null | undefined>>}
 */
export async function waitFor(what, ask, timeoutMs = 15_000) {
  const deadline = Date.now() + timeoutMs;
  let last;
  for (;;) {
    try {
      const answer = await ask();
      if (answer) return /** @type {Exclude<T, false | null | undefined>} */ (answer);
      last = answer;
    } catch (error) {
      last = error instanceof Error ? error.message : error;
    }
    if (Date.now() > deadline) {
      throw new Error(`not within ${timeoutMs} ms: ${what} (last: ${String(last)})`);
    }
    await sleep(POLL_INTERVAL_MS);
  }
}
