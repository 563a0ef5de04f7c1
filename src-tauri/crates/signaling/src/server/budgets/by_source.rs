//! The connections of each address, in the order in which they began.

use std::collections::BTreeSet;

use super::Source;
use crate::server::rooms::ConnId;

/// The connections of an address, the oldest first.
pub(super) fn of_source(
    conns: &BTreeSet<(Source, ConnId)>,
    source: Source,
) -> impl DoubleEndedIterator<Item = ConnId> {
    conns
        .range((source, ConnId::MIN)..=(source, ConnId::MAX))
        .map(|(_, conn)| *conn)
}

/// The address that has the most connections, and how many.
pub(super) fn longest_run(conns: &BTreeSet<(Source, ConnId)>) -> Option<(usize, Source)> {
    let mut longest: Option<(usize, Source)> = None;
    let mut run: Option<(usize, Source)> = None;
    for (source, _) in conns {
        let length = match run {
            Some((length, of)) if of == *source => length + 1,
            _ => 1,
        };
        run = Some((length, *source));
        if longest.is_none_or(|(most, _)| length > most) {
            longest = run;
        }
    }
    longest
}
