//! Replays what the fuzz targets (`fuzz/`) have found worth keeping.

#[path = "../../../fuzz/checks.rs"]
mod checks;

fn replay(target: &str, check: fn(&[u8])) {
    let corpus = format!("{}/fuzz/corpus/{target}", env!("CARGO_MANIFEST_DIR"));
    let mut entries = 0;
    for entry in std::fs::read_dir(corpus).unwrap() {
        check(&std::fs::read(entry.unwrap().path()).unwrap());
        entries += 1;
    }
    assert!(entries >= 5, "{target} has a corpus");
}

#[test]
fn seal_corpus_of_envelopes() {
    replay("envelope", checks::envelope);
}

#[test]
fn seal_corpus_of_frames() {
    replay("frame", checks::frame);
}

#[test]
fn seal_corpus_of_invites() {
    replay("invite", checks::invite);
}
