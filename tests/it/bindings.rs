//! The committed TypeScript bindings match the Rust types.

use std::path::Path;

#[test]
fn the_committed_bindings_are_current() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("ui/src/backend/generated.ts");
    let fresh = parlour::bindings::typescript();
    if std::env::var_os("PARLOUR_WRITE_BINDINGS").is_some() {
        std::fs::write(&path, &fresh).expect("the bindings can be written");
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        committed == fresh,
        "the bindings are stale: run `cargo xtask bindings`"
    );
}
