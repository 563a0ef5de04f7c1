//! The name of a participant, made safe to show.

use unicode_normalization::char::is_combining_mark;

use super::limits::MAX_NAME_CHARS;

/// As many as a letter of any living script needs.
const MAX_MARKS: usize = 3;

/// Trims a name, makes runs of white space one space, removes control characters and those that turn or hide the text
/// around them or show nothing, leaves a letter three combining marks, and cuts it to [`MAX_NAME_CHARS`]. A name that
/// would show nothing is empty. A received name is cleaned again.
#[must_use]
pub fn clean_name(name: &str) -> String {
    let mut clean = CleanName::default();
    for c in name.chars() {
        let fits = if c.is_whitespace() {
            clean.add_space()
        } else if is_unwanted(c) {
            true
        } else if is_joiner(c) {
            clean.add_joiner(c)
        } else if is_combining_mark(c) {
            clean.add_mark(c)
        } else {
            clean.add_base(c)
        };
        if !fits {
            break;
        }
    }
    clean.text
}

/// Marks between two letters are added with the second one.
#[derive(Default)]
struct CleanName {
    text: String,
    count: usize,
    /// The marks of the last letter; a mark that stands alone would join a character before the name.
    marks: usize,
    between: Option<char>,
}

/// Each method returns whether there is still room.
impl CleanName {
    fn add_space(&mut self) -> bool {
        if self.count > 0 {
            self.between = Some(' ');
        }
        true
    }

    fn add_joiner(&mut self, joiner: char) -> bool {
        if self.count > 0 && self.between.is_none() {
            self.between = Some(joiner);
        }
        true
    }

    fn add_mark(&mut self, mark: char) -> bool {
        if self.count == 0 || self.between.is_some() || self.marks == MAX_MARKS {
            return true;
        }
        self.marks += 1;
        self.push(mark)
    }

    fn add_base(&mut self, base: char) -> bool {
        self.marks = 0;
        if let Some(between) = self.between.take() {
            if self.count + 2 > MAX_NAME_CHARS {
                return false;
            }
            self.push(between);
        }
        self.push(base)
    }

    fn push(&mut self, c: char) -> bool {
        if self.count == MAX_NAME_CHARS {
            return false;
        }
        self.text.push(c);
        self.count += 1;
        true
    }
}

/// Persian and family emoji need them, between two letters.
const fn is_joiner(c: char) -> bool {
    matches!(c, '\u{200c}' | '\u{200d}')
}

/// Control characters, bidi marks and overrides, characters that are ignored or blank, tags and noncharacters.
fn is_unwanted(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}' | '\u{fe00}'..='\u{fe0d}'
            | '\u{e000}'..='\u{f8ff}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffc}'
            | '\u{1bca0}'..='\u{1bca3}' | '\u{1d159}' | '\u{1d173}'..='\u{1d17a}'
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
            ("M\u{34f}e\u{2800}i\u{17b4}", "Mei"),
            ("Mei\u{200d}\u{200c}", "Mei"),
            ("a\u{200d}\u{200d}b", "a\u{200d}b"),
            ("\u{200d}a \u{200c} b", "a b"),
            ("\u{301}Mei", "Mei"),
            ("❤\u{fe0f}1\u{fe0f}\u{20e3}", "❤\u{fe0f}1\u{fe0f}\u{20e3}"),
            ("Nguye\u{302}\u{303}n", "Nguye\u{302}\u{303}n"),
            ("क्षितिज ไม้ชื่อ", "क्षितिज ไม้ชื่อ"),
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

    #[test]
    fn a_name_that_shows_nothing_is_none() {
        for invisible in [
            "\u{34f}",
            "\u{2800}",
            "\u{17b4}\u{17b5}",
            "\u{115f}",
            "\u{1160}",
            "\u{3164}",
            "\u{ffa0}",
            "\u{200c}\u{200d}",
            "\u{fe0f}",
            "\u{e0100}",
            "\u{180e}",
            "\u{1d173}",
            "\u{301}\u{302}",
            "\u{2800} \u{301}\u{200d}\u{3000}",
            "\u{fffc}",
        ] {
            assert_eq!(clean_name(invisible), "", "{invisible:?}");
            assert_eq!(clean_name(&invisible.repeat(80)), "", "{invisible:?}");
        }
    }

    #[test]
    fn a_letter_keeps_three_marks() {
        let zalgo = format!("M{}ei", "\u{30d}\u{30e}\u{304}\u{305}\u{33f}".repeat(20));
        assert_eq!(clean_name(&zalgo), "M\u{30d}\u{30e}\u{304}ei");
    }

    proptest! {
        #[test]
        fn cleaning_twice_changes_nothing(name in "\\PC{0,90}|[ \\t\\n\\u{202e}a-c]{0,90}|.{0,90}") {
            let once = clean_name(&name);
            prop_assert_eq!(clean_name(&once), once.clone());
            prop_assert!(once.chars().count() <= MAX_NAME_CHARS);
            prop_assert!(!once.chars().any(char::is_control));
        }

        #[test]
        fn whatever_is_left_begins_with_something_to_see(
            name in "[a-c \\u{301}-\\u{303}\\u{34f}\\u{200b}-\\u{200d}\\u{2800}\\u{fe0f}]{0,30}"
        ) {
            let clean = clean_name(&name);
            prop_assert_eq!(clean_name(&clean), clean.clone());
            prop_assert!(clean.chars().next().is_none_or(|c| c.is_ascii_lowercase()));
            let marks = clean.split(|c| !is_combining_mark(c)).map(|marks| marks.chars().count());
            prop_assert!(marks.max() <= Some(MAX_MARKS));
            prop_assert_eq!(clean.is_empty(), !name.contains(['a', 'b', 'c']));
        }
    }
}
