//! The part of a text that a label can print.
//!
//! Labels print the letters of Western Europe (Latin-1). Other Latin letters are printed without their accents, which mail
//! carriers can still read; typographic punctuation becomes plain ASCII; emoji, control characters and invisible characters
//! are left out. **Letters of other scripts have no such form**: a carrier would print a question mark, so the whole word is
//! left out and reported as lost.

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

/// Marks a letter that can't be printed. No text contains it, because control characters are removed.
const LOST: char = '\0';

/// The printable part of a text.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Printable {
    /// With single spaces between words.
    pub(super) text: String,
    /// True if words of another script were left out.
    pub(super) lost_words: bool,
}

/// The part of `text` that a label can print.
pub(super) fn printable(text: &str) -> Printable {
    let mut printed = String::with_capacity(text.len());
    let mut lost_signs = false;
    // Signs first, because normalization would glue them to words: ½ becomes `1⁄2`, and ™ two letters.
    let plain: String = text.chars().fold(String::new(), |mut plain, c| {
        match sign(c) {
            Some(sign) => plain.push_str(sign),
            None => plain.push(c),
        }
        plain
    });
    for c in plain.nfkc() {
        match c {
            ' '..='~' => printed.push(c),
            _ if c.is_whitespace() => printed.push(' '),
            'À'..='Ö' | 'Ø'..='ö' | 'ø'..='ÿ' => printed.push(c),
            // Invisible: variation selectors, joiners, direction marks, accents without a letter.
            _ if c.is_control() || is_combining_mark(c) || is_unseen(c) => {}
            _ => match latin(c) {
                Some(Latin::Plain(letter)) => printed.push(letter),
                Some(Latin::Letters(letters)) => printed.push_str(letters),
                None if c.is_alphanumeric() => printed.push(LOST),
                None => {
                    lost_signs = true;
                    printed.push(' ');
                }
            },
        }
    }
    let lost_words = printed.contains(LOST);
    let words: Vec<&str> = printed.split_whitespace().filter(|word| !word.contains(LOST)).collect();
    let mut text = words.join(" ");
    if lost_signs || lost_words {
        // Punctuation that separated a removed character means nothing without it.
        text = text.trim_matches([' ', ',', ';', '-', '|', '/', '~', '_']).to_owned();
    }
    Printable { text, lost_words }
}

/// The ASCII form of a typographic sign.
fn sign(c: char) -> Option<&'static str> {
    Some(match c {
        '‘' | '’' | '‚' | '‛' | '′' | '´' | '`' | 'ʹ' | 'ʻ' | 'ʼ' | 'ʽ' | '＇' => "'",
        '“' | '”' | '„' | '‟' | '″' | '«' | '»' | '＂' => "\"",
        '‐' | '‑' | '‒' | '–' | '—' | '―' | '−' | '﹘' | '﹣' | '－' => "-",
        '⁄' | '∕' => "/",
        '·' | '•' | '‧' | '・' => " ",
        '×' => "x",
        '½' => " 1/2",
        '¼' => " 1/4",
        '¾' => " 3/4",
        '，' | '、' => ", ",
        '。' => ". ",
        '™' | '®' | '©' | '℠' => "",
        _ => return None,
    })
}

/// A letter of Latin script beyond Latin-1.
enum Latin {
    /// The letter without its accents.
    Plain(char),
    /// The letters that stand for it.
    Letters(&'static str),
}

fn latin(c: char) -> Option<Latin> {
    let letters = match c {
        'Ł' => "L",
        'ł' => "l",
        'Đ' => "D",
        'đ' => "d",
        'Ħ' => "H",
        'ħ' => "h",
        'ı' => "i",
        'ĸ' => "k",
        'Ŋ' => "N",
        'ŋ' => "n",
        'Œ' => "OE",
        'œ' => "oe",
        'Ŧ' => "T",
        'ŧ' => "t",
        'Ə' => "E",
        'ə' => "e",
        'ẞ' => "SS",
        _ => {
            let base = std::iter::once(c).nfd().next().filter(|base| *base != c)?;
            // The base may have an accent that is not a combining mark, as in `ǿ`.
            return match base {
                _ if base.is_ascii_alphabetic() => Some(Latin::Plain(base)),
                'À'..='ÿ' => Some(Latin::Plain(base)),
                _ => None,
            };
        }
    };
    Some(Latin::Letters(letters))
}

/// Format characters, variation selectors, tags and private use characters; none of them is white space or a letter.
fn is_unseen(c: char) -> bool {
    matches!(c,
        '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}'
        | '\u{2060}'..='\u{206F}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}'
        | '\u{E000}'..='\u{F8FF}' | '\u{1F3FB}'..='\u{1F3FF}' | '\u{E0000}'..='\u{10FFFF}')
}
