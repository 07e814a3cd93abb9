//! The part of a message that counts for matching: words without case, accents, punctuation and doubled letters.

use crate::width::half_width;

/// Buyers say early what they want; the rest of a longer message is not read.
const TOKENS_MAX: usize = 1_000;

/// Lower-case letters with the accents of Spanish and Vietnamese, and the letter that people write in their place.
const PLAIN: [(char, &str); 9] = [
    ('a', "áàảãạăắằẳẵặâấầẩẫậä"),
    ('c', "ç"),
    ('d', "đ"),
    ('e', "éèẻẽẹêếềểễệë"),
    ('i', "íìỉĩịï"),
    ('n', "ñ"),
    ('o', "óòỏõọôốồổỗộơớờởỡợö"),
    ('u', "úùủũụưứừửữựü"),
    ('y', "ýỳỷỹỵ"),
];

/// Splits a text into the tokens that are compared. A token is a word, or one character of a script without spaces between
/// words: Chinese, Japanese or Thai. A repeated letter counts once (`pleaseee`, `shiped`); Thai tone marks do not count,
/// because they are left out as often as accents are. A number ends a word (`5days`, the Indonesian `dikirim2`).
pub fn tokens(text: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    let mut word = String::new();
    for c in text.chars().map(half_width).flat_map(char::to_lowercase).map(plain) {
        if tokens.len() >= TOKENS_MAX {
            return tokens;
        }
        if is_mark(c) {
            continue;
        }
        let stands_alone = has_no_spaces(c);
        if stands_alone || !c.is_alphanumeric() {
            if !word.is_empty() {
                tokens.push(std::mem::take(&mut word));
            }
            if stands_alone {
                tokens.push(c.to_string());
            }
            continue;
        }
        let last = word.chars().next_back();
        if last.is_some_and(|last| last.is_numeric() != c.is_numeric()) {
            tokens.push(std::mem::take(&mut word));
        }
        if c.is_numeric() || last != Some(c) {
            word.push(c);
        }
    }
    if !word.is_empty() {
        tokens.push(word);
    }
    tokens
}

fn plain(c: char) -> char {
    match c {
        // Thai AM is as often written as its two halves; the other half is a mark.
        'ำ' => 'า',
        _ if c.is_ascii() => c,
        _ => PLAIN.iter().find(|(_, accented)| accented.contains(c)).map_or(c, |(plain, _)| *plain),
    }
}

/// Characters of a word that do not count: apostrophes, combining accents, Thai tones, invisible joiners.
fn is_mark(c: char) -> bool {
    matches!(c, '\'' | '’' | '‘' | '`' | '´' | 'ʼ'
        | '\u{300}'..='\u{36f}'
        | '\u{e47}'..='\u{e4e}'
        | '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}' | '\u{ad}')
}

/// Thai, kana and the Chinese characters.
fn has_no_spaces(c: char) -> bool {
    matches!(c, '\u{e01}'..='\u{e3a}' | '\u{e40}'..='\u{e46}'
        | '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}')
}

#[cfg(test)]
mod tests {
    use super::{TOKENS_MAX, tokens};

    #[test]
    fn folds_what_does_not_count() {
        for (text, expect) in [
            ("Where's  my\norder???", "wheres my order"),
            ("PLEASEEE shiped", "please shiped"),
            ("shipped 2200", "shiped 2200"),
            ("5days dikirim2", "5 days dikirim 2"),
            ("Khi nào giao? ĐÂU", "khi nao giao dau"),
            ("Dirección, señor", "direcion senor"),
            ("direccio\u{301}n", "direcion"),
            ("还没 发货!", "还 没 发 货"),
            ("请cancel订单", "请 cancel 订 单"),
            ("ｓｈｉｐ　it", "ship it"),
            ("ส่ง ทำไม", "ส ง ท า ไ ม"),
            ("ทําไม", "ท า ไ ม"),
            ("can\u{200b}cel 😡🙏 it", "cancel it"),
            ("İSTANBUL", "istanbul"),
            ("", ""),
            ("...!!", ""),
        ] {
            assert_eq!(tokens(text).join(" "), expect, "{text}");
        }
    }

    #[test]
    fn reads_no_more_than_the_beginning() {
        assert_eq!(tokens(&"where is ".repeat(100_000)).len(), TOKENS_MAX);
        assert_eq!(tokens(&"催".repeat(100_000)).len(), TOKENS_MAX);
    }
}
