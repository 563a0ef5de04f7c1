//! The name of a participant, made safe to show.

use super::limits::MAX_NAME_CHARS;

/// Trims a name, makes runs of white space one space, removes control characters and those that turn or hide the text
/// around them, and cuts it to [`MAX_NAME_CHARS`]. A received name is cleaned again.
#[must_use]
pub fn clean_name(name: &str) -> String {
    let mut clean = String::new();
    let mut count = 0;
    let mut space = false;
    for c in name.chars() {
        if c.is_whitespace() {
            space = !clean.is_empty();
        } else if !is_unwanted(c) {
            if space && count + 2 > MAX_NAME_CHARS {
                break;
            }
            if space {
                clean.push(' ');
                count += 1;
                space = false;
            }
            if count == MAX_NAME_CHARS {
                break;
            }
            clean.push(c);
            count += 1;
        }
    }
    clean
}

/// Control characters, bidi marks and overrides, invisible fillers, tags and noncharacters. The joiners U+200C and
/// U+200D stay, because Persian and family emoji need them.
fn is_unwanted(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{180e}' | '\u{200b}' | '\u{200e}'
            | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}'
            | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{e000}'..='\u{f8ff}'
            | '\u{e0000}'..='\u{e0fff}' | '\u{f0000}'..='\u{10ffff}')
        || u32::from(c) & 0xfffe == 0xfffe
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_are_trimmed_and_lose_dangerous_characters() {
        for (dirty, clean) in [
            ("  Mei  ", "Mei"),
            ("梅\u{a0}\n 兰", "梅 兰"),
            ("\u{202e}evil\u{2066}\u{200f}", "evil"),
            ("a\u{0}b\u{7}c\u{85}d", "abc d"),
            ("\u{feff}\u{200b}", ""),
            ("👩\u{200d}👩\u{200d}👧", "👩\u{200d}👩\u{200d}👧"),
            ("می\u{200c}خواهم", "می\u{200c}خواهم"),
            ("<b>\"O'Neil\"</b>", "<b>\"O'Neil\"</b>"),
        ] {
            assert_eq!(clean_name(dirty), clean);
        }
    }

    #[test]
    fn names_are_cut_by_characters() {
        assert_eq!(clean_name(&"é".repeat(99)), "é".repeat(MAX_NAME_CHARS));
        let words = "a ".repeat(99);
        assert!(clean_name(&words).chars().count() <= MAX_NAME_CHARS);
        assert!(!clean_name(&words).ends_with(' '));
    }

    proptest! {
        #[test]
        fn cleaning_twice_changes_nothing(name in "\\PC{0,90}|[ \\t\\n\\u{202e}a-c]{0,90}|.{0,90}") {
            let once = clean_name(&name);
            prop_assert_eq!(clean_name(&once), once.clone());
            prop_assert!(once.chars().count() <= MAX_NAME_CHARS);
            prop_assert!(!once.chars().any(char::is_control));
        }
    }
}
