//! What a carrier wrote. People need its words to fix what it refused, but many carriers repeat the address in them.

mod redact;

use std::fmt;

use crate::address::Address;
use crate::private::Private;

/// The longest text that is shown and stored, in characters.
const SHOWN_CHARS_MAX: usize = 300;
/// The longest text that is read, in characters. Much longer than what is shown, so that cutting it off does not hide an
/// address from the redaction.
const READ_CHARS_MAX: usize = 4_000;

/// A text as a carrier wrote it. It can be shown only without the addresses that the carrier knew; `Debug` shows nothing.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct CarrierText(Private<String>);

impl CarrierText {
    /// Takes a carrier's text as it is.
    pub fn new(text: &str) -> Self {
        let read = match text.char_indices().nth(READ_CHARS_MAX) {
            // The redaction would not find a word that is cut in two.
            Some((end, _)) => text[..end].trim_end_matches(char::is_alphanumeric),
            None => text,
        };
        Self(Private::from(read))
    }

    /// The text as it may be shown, stored and logged: without the words of `addresses`, and without anybody's numbers of
    /// five digits or more, phone numbers and e-mail addresses; on one line of at most 300 characters. `None` if the carrier
    /// wrote nothing.
    pub fn shown(&self, addresses: &[&Address]) -> Option<String> {
        let line: String = self.0.expose().chars().map(|c| if is_invisible(c) { ' ' } else { c }).collect();
        let redacted = redact::redact(&line, addresses);
        let line = redacted.split_whitespace().collect::<Vec<_>>().join(" ");
        (!line.is_empty()).then(|| cut(line))
    }

    /// `sentence`, followed by the text as [`CarrierText::shown`] has it, if the carrier wrote one.
    pub fn append_to(&self, sentence: String, addresses: &[&Address]) -> String {
        match self.shown(addresses) {
            Some(text) => format!("{sentence} The carrier says: {text}"),
            None => sentence,
        }
    }
}

impl fmt::Debug for CarrierText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CarrierText")
    }
}

/// True for control characters, and for those that change how the text around them is shown.
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
