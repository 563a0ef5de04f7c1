//! Names as they look.

use unicode_normalization::UnicodeNormalization;
use unicode_security::skeleton;

/// A form that names which look alike share: compatibility forms and case are folded, and letters that are confused
/// stand for each other (the skeleton of UTS 39). A capital may be confused with other letters than its small letter, so
/// either is folded first.
#[must_use]
pub fn name_looks(name: &str) -> [String; 2] {
    let name: String = name.nfkc().filter(|c| !c.is_whitespace()).collect();
    let small = |text: &str| text.to_lowercase();
    let folded = |text: &str| skeleton(text).collect::<String>();
    let again = |text: String| small(&folded(&small(&text)));
    [again(folded(&small(&name))), again(folded(&name))]
}
