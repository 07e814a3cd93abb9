//! What a label prints of a text.
//!
//! Labels print the letters of Western Europe (Latin-1). A letter of Latin script beyond these is printed without its
//! accent, as mail carriers read it all the same; typographic signs become those of a typewriter; pictures, control
//! characters and what is not seen are left out. **A letter of another script has no such form**: a carrier would print
//! a question mark, so the word that holds it is left out and said to be lost.

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

/// Stands for a letter that is not printed; no text holds it, for it is a control character.
const LOST: char = '\0';

/// What a label prints of a text.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Printable {
    /// What is printed; white space is one blank between words.
    pub(super) text: String,
    /// Words of another script were left out.
    pub(super) lost_words: bool,
}

/// What a label prints of `text`.
pub(super) fn printable(text: &str) -> Printable {
    let mut printed = String::with_capacity(text.len());
    let mut lost_signs = false;
    // Signs first, for their compatible forms glue: half is `1⁄2`, and a trade mark is two letters.
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
            // Nothing is seen of these: variation selectors, joiners, marks of direction, accents without a letter.
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
        // What set a picture off says nothing without it.
        text = text.trim_matches([' ', ',', ';', '-', '|', '/', '~', '_']).to_owned();
    }
    Printable { text, lost_words }
}

/// The typewriter's form of a sign.
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
            // The base may have an accent of its own that is no mark, as `ǿ` has.
            return match base {
                _ if base.is_ascii_alphabetic() => Some(Latin::Plain(base)),
                'À'..='ÿ' => Some(Latin::Plain(base)),
                _ => None,
            };
        }
    };
    Some(Latin::Letters(letters))
}

/// Format characters, variation selectors, tags and private use. None of them is white space or a letter.
fn is_unseen(c: char) -> bool {
    matches!(c,
        '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}'
        | '\u{2060}'..='\u{206F}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}'
        | '\u{E000}'..='\u{F8FF}' | '\u{1F3FB}'..='\u{1F3FF}' | '\u{E0000}'..='\u{10FFFF}')
}
