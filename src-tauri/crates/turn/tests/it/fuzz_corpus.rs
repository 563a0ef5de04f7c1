//! Replays the corpus of the fuzz target (`fuzz/`).

#[path = "../../fuzz/checks.rs"]
mod checks;

use crate::peer;

#[test]
fn the_corpus_of_packets_passes() {
    let corpus = concat!(env!("CARGO_MANIFEST_DIR"), "/fuzz/corpus/turn");
    let mut entries = 0;
    for entry in std::fs::read_dir(corpus).unwrap() {
        checks::turn(&std::fs::read(entry.unwrap().path()).unwrap());
        entries += 1;
    }
    assert!(entries >= 5, "there is a corpus");
}
