//! What a carrier wrote. People need its words to mend what it refused, and many carriers repeat the address in them.

mod redact;

use std::fmt;

use crate::address::Address;
use crate::private::Private;

/// The longest text that is shown and stored, in characters.
const SHOWN_CHARS_MAX: usize = 300;
/// The longest text that is looked at, in characters: what is cut off at last must not decide what is found before.
const READ_CHARS_MAX: usize = 4_000;

/// A text as a carrier wrote it. It can be shown only without the parts of the addresses that the carrier knew;
/// `Debug` shows nothing of it.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct CarrierText(Private<String>);

impl CarrierText {
    /// Takes `text` as it came.
    pub fn new(text: &str) -> Self {
        let read = match text.char_indices().nth(READ_CHARS_MAX) {
            // A word that is cut in two would not be found.
            Some((end, _)) => text[..end].trim_end_matches(char::is_alphanumeric),
            None => text,
        };
        Self(Private::from(read))
    }

    /// The text as it may be shown, stored and logged: without what stands in one of `addresses`, and without numbers of
    /// five digits and more, phone numbers and e-mail addresses, whosever they are; on one line, and not longer than 300
    /// characters. `None` when the carrier wrote nothing.
    pub fn shown(&self, addresses: &[&Address]) -> Option<String> {
        let line: String = self.0.expose().chars().map(|c| if is_invisible(c) { ' ' } else { c }).collect();
        let redacted = redact::redact(&line, addresses);
        let line = redacted.split_whitespace().collect::<Vec<_>>().join(" ");
        (!line.is_empty()).then(|| cut(line))
    }
}

impl fmt::Debug for CarrierText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CarrierText")
    }
}

/// Control characters, and those that change how the text around them is shown.
fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

fn cut(line: String) -> String {
    if line.chars().count() <= SHOWN_CHARS_MAX {
        return line;
    }
    let mut cut: String = line.chars().take(SHOWN_CHARS_MAX - 1).collect();
    cut.truncate(cut.trim_end().len());
    cut.push('…');
    cut
}
