//! Replays the corpora of the fuzz targets (`fuzz/`).

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
fn the_corpus_of_envelopes_passes() {
    replay("envelope", checks::envelope);
}

#[test]
fn the_corpus_of_frames_passes() {
    replay("frame", checks::frame);
}

#[test]
fn the_corpus_of_invites_passes() {
    replay("invite", checks::invite);
}
