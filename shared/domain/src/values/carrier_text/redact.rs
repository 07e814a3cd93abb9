//! Removes the parts of addresses from a text.

use crate::address::Address;

/// What replaces the words that are removed.
const REMOVED: &str = "[…]";
/// A number with this many digits may be a postal code, a phone number or a tracking number.
const DIGITS_MIN: usize = 5;
/// A word of at least this many letters is also found inside a longer one, as in `annexample`.
const INSIDE_MIN: usize = 4;

/// Words that occur in addresses and in ordinary sentences: alone they say nothing about a person.
#[rustfmt::skip]
const COMMON: &[&str] = &[
    "a", "an", "and", "apartment", "apt", "at", "ave", "avenue", "blvd", "box", "building", "by", "city", "company",
    "ct", "delivery", "dr", "drive", "east", "floor", "for", "general", "house", "in", "inc", "is", "lane", "llc",
    "ln", "name", "no", "north", "not", "number", "of", "office", "on", "or", "phone", "place", "po", "post", "rd",
    "road", "room", "south", "st", "state", "street", "suite", "ste", "the", "to", "unit", "us", "way", "west",
    "with",
];

/// A word of the text: a run of letters and digits.
struct Token<'a> {
    /// Where it begins and ends, in bytes.
    at: (usize, usize),
    word: String,
    raw: &'a str,
}

/// How much a word of the text says about a person.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sensitivity {
    /// It identifies somebody by itself.
    Identifying,
    /// It is part of an address, and says something only next to other parts of it.
    InContext,
    None,
}

/// `text` without the words of `addresses`, long numbers, phone numbers and e-mail addresses.
///
/// A word of an address is removed wherever it occurs. Short and common ones, such as a house number or "Street", are
/// removed only next to other words of an address: alone they are needed to understand the sentence.
pub(super) fn redact(text: &str, addresses: &[&Address]) -> String {
    let text = without_emails(text);
    let words = words_of(addresses);
    let tokens = tokens(&text);
    let sensitivity: Vec<Sensitivity> = tokens.iter().map(|token| sensitivity(token, &words)).collect();
    let mut redacted = String::new();
    let (mut token, mut copied) = (0, 0);
    while token < tokens.len() {
        let run = run_from(token, &tokens, &sensitivity, &text);
        if run == 0 || !gives_away(&tokens[token..token + run], &sensitivity[token..token + run]) {
            token += run.max(1);
            continue;
        }
        redacted.push_str(&text[copied..tokens[token].at.0]);
        redacted.push_str(REMOVED);
        token += run;
        copied = tokens[token - 1].at.1;
    }
    redacted.push_str(&text[copied..]);
    redacted
}

/// An e-mail address ends at the first character that can't be part of one.
fn without_emails(text: &str) -> String {
    let ends = |c: char| c.is_whitespace() || matches!(c, ',' | ';' | '<' | '>' | '(' | ')' | '"' | '\'');
    let mut kept = String::new();
    for piece in text.split_inclusive(ends) {
        let (word, end) = match piece.char_indices().next_back() {
            Some((at, last)) if ends(last) => piece.split_at(at),
            _ => (piece, ""),
        };
        kept.push_str(if word.contains('@') { REMOVED } else { word });
        kept.push_str(end);
    }
    kept
}

/// The words of all private fields, in lower case. Country and state are no secret, unless their name is also part of
/// another field.
fn words_of(addresses: &[&Address]) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for address in addresses {
        let Address { name, company, street1, street2, city, state: _, postal_code, country: _, phone } =
            address;
        let fields = [name, street1, street2, city, postal_code, phone].into_iter().chain(company);
        for field in fields {
            words.extend(tokens(field).into_iter().map(|token| token.word));
        }
        words.push(letters(postal_code));
    }
    words.retain(|word| !word.is_empty());
    words.sort_unstable();
    words.dedup();
    words
}

fn letters(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let mut begin = None;
    for (at, c) in text.char_indices().chain([(text.len(), ' ')]) {
        match (c.is_alphanumeric(), begin) {
            (true, None) => begin = Some(at),
            (false, Some(from)) => {
                let raw = &text[from..at];
                tokens.push(Token { at: (from, at), word: letters(raw), raw });
                begin = None;
            }
            _ => {}
        }
    }
    tokens
}

fn sensitivity(token: &Token<'_>, words: &[String]) -> Sensitivity {
    let digits = token.raw.chars().filter(char::is_ascii_digit).count();
    if digits >= DIGITS_MIN {
        return Sensitivity::Identifying;
    }
    if words.iter().any(|word| *word == token.word || is_spelling(word, &token.word)) {
        let weak = token.word.chars().count() < 2
            || digits == token.word.len()
            || COMMON.contains(&token.word.as_str());
        return if weak { Sensitivity::InContext } else { Sensitivity::Identifying };
    }
    if words.iter().any(|word| is_inside(word, &token.word)) {
        Sensitivity::Identifying
    } else {
        Sensitivity::None
    }
}

/// True if `token` is `word` as a carrier spells it that only knows English letters: `Müller` becomes `Muller` or
/// `Mueller`, or has a placeholder for a letter.
fn is_spelling(word: &str, token: &str) -> bool {
    if word.is_ascii() {
        return false;
    }
    let rest: Vec<&str> = word.split(|c: char| !c.is_ascii()).collect();
    let (Some(first), Some(last)) = (rest.first(), rest.last()) else { return false };
    // If nothing of the word can be spelled in English letters, only the word itself is looked for.
    let spelled: usize = rest.iter().map(|part| part.len()).sum();
    let lengths = spelled..=word.chars().count() + 2;
    spelled >= 2
        && lengths.contains(&token.chars().count())
        && token.starts_with(first)
        && token.ends_with(last)
        && rest
            .iter()
            .try_fold(token, |left, part| left.find(part).map(|at| &left[at + part.len()..]))
            .is_some()
}

/// True for a word that is glued to others, or is in a script without spaces.
fn is_inside(word: &str, token: &str) -> bool {
    let long = if word.is_ascii() { word.len() >= INSIDE_MIN } else { word.chars().count() >= 2 };
    long && !COMMON.contains(&word) && token.contains(word)
}

/// How many tokens from `first` on belong together: each is part of an address or a number, and only punctuation and spaces
/// separate them.
fn run_from(first: usize, tokens: &[Token<'_>], sensitivity: &[Sensitivity], text: &str) -> usize {
    let mut run = 0;
    while let Some(token) = tokens.get(first + run) {
        let is_number = token.raw.chars().all(|c| c.is_ascii_digit());
        let beside = |before: &Token<'_>| {
            text.get(before.at.1..token.at.0).is_some_and(|between| between.chars().count() <= 3)
        };
        let belongs = sensitivity[first + run] != Sensitivity::None || is_number;
        if !belongs || run > 0 && !tokens.get(first + run - 1).is_some_and(beside) {
            break;
        }
        run += 1;
    }
    run
}

/// True if the words together identify somebody: one does so alone, a number is next to another word of an address, or the
/// numbers together are as long as a phone number.
fn gives_away(run: &[Token<'_>], sensitivity: &[Sensitivity]) -> bool {
    let is_number = |token: &Token<'_>| token.raw.chars().all(|c| c.is_ascii_digit());
    let known = sensitivity.iter().filter(|sensitivity| **sensitivity != Sensitivity::None).count();
    let digits: usize = run.iter().filter(|token| is_number(token)).map(|token| token.raw.len()).sum();
    sensitivity.contains(&Sensitivity::Identifying)
        || (known >= 2 && run.iter().any(is_number))
        || digits >= DIGITS_MIN + 2
}
