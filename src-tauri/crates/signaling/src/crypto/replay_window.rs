//! The counters that were seen. Each opens once, in any order within the window.

/// How many counters behind the newest an envelope may come.
pub(super) const WINDOW: u64 = 1024;
const WORDS: usize = (WINDOW / 64) as usize;

/// A sliding window as in RFC 6479: a ring of bits, one for each of the newest [`WINDOW`] counters.
#[derive(Clone, Debug)]
pub(crate) struct ReplayWindow {
    /// The newest counter seen, or 0 for none: counters start at 1.
    newest: u64,
    bits: [u64; WORDS],
}

impl ReplayWindow {
    pub(crate) const fn new() -> Self {
        Self {
            newest: 0,
            bits: [0; WORDS],
        }
    }

    /// Whether a counter is new and within the window.
    pub(crate) const fn is_new(&self, counter: u64) -> bool {
        if counter == 0 {
            return false;
        }
        if counter > self.newest {
            return true;
        }
        if self.newest - counter >= WINDOW {
            return false;
        }
        let (word, bit) = position(counter);
        self.bits[word] & bit == 0
    }

    /// Marks a counter as seen. Call it only after the envelope has opened: a forged counter must not move the window.
    pub(crate) fn mark_seen(&mut self, counter: u64) {
        if counter > self.newest {
            if counter - self.newest >= WINDOW {
                self.bits = [0; WORDS];
            } else {
                for between in self.newest + 1..counter {
                    let (word, bit) = position(between);
                    self.bits[word] &= !bit;
                }
            }
            self.newest = counter;
        }
        let (word, bit) = position(counter);
        self.bits[word] |= bit;
    }
}

const fn position(counter: u64) -> (usize, u64) {
    let at = counter % WINDOW;
    ((at / 64) as usize, 1 << (at % 64))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Compared with a simple model: a set of all counters, and a distance.
        #[test]
        fn the_window_behaves_like_a_set_of_the_newest_counters(
            counters in prop::collection::vec(
                prop_oneof![0_u64..3000, 0_u64..40, (u64::MAX - 2000)..=u64::MAX],
                1..400,
            )
        ) {
            let mut window = ReplayWindow::new();
            let mut seen = BTreeSet::new();
            for counter in counters {
                let newest = seen.last().copied().unwrap_or(0);
                let expected = counter > 0
                    && !seen.contains(&counter)
                    && (counter > newest || newest - counter < WINDOW);
                prop_assert_eq!(window.is_new(counter), expected, "{}", counter);
                if expected {
                    window.mark_seen(counter);
                    seen.insert(counter);
                }
            }
        }
    }
}
