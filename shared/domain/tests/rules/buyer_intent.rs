//! Buyers' messages, as they are written: with misspellings, emoji and two languages in one.

mod asia;
mod europe;
mod malay;

use domain::buyer_intent::{BuyerIntent, IntentRules, judge};

use BuyerIntent::{AsksToCancel, AsksWhereOrderIs, CorrectsAddress, Other};

/// All wrong ones at once: a change of a phrase often touches several messages.
#[track_caller]
fn check(messages: &[(&str, BuyerIntent)]) {
    let count = |other: bool| messages.iter().filter(|(_, intent)| (*intent == Other) == other).count();
    assert!(count(false) >= 8 && count(true) >= 4, "too few messages of a language");
    let wrong: Vec<_> = messages
        .iter()
        .filter(|(text, expect)| judge(text) != *expect)
        .map(|(text, expect)| format!("{text}: {:?} instead of {expect:?}", judge(text)))
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_most_urgent_counts() {
    for (text, expect) in [
        ("Where is my order? The address is wrong. Please cancel it.", AsksToCancel),
        ("Where is my order? The address is wrong.", CorrectsAddress),
        ("where is my order, 地址错了", CorrectsAddress),
        ("地址错了 cancel my order", AsksToCancel),
        ("Please don't cancel my order, where is it? it has not shipped", AsksWhereOrderIs),
    ] {
        assert_eq!(judge(text), expect, "{text}");
    }
}

#[test]
fn nothing_is_asked_by_what_is_no_language() {
    for text in ["", " ", "👍", "?!?!", "12345", "***", "\u{0}", "ok", "http://example.com/where-is", "🚚💨"]
    {
        assert_eq!(judge(text), Other, "{text}");
    }
}

#[test]
fn the_end_of_a_long_message_is_not_read() {
    assert_eq!(judge(&format!("{} where is my order", "la li ".repeat(400))), AsksWhereOrderIs);
    assert_eq!(judge(&format!("{} where is my order", "la li ".repeat(100_000))), Other);
}

#[test]
fn a_message_is_in_no_error() {
    let text = "Ann Example, 12 Elm Street";
    let error = IntentRules::read(&format!(r#"[{{"language":"{text}"}}]"#)).unwrap_err();
    assert!(!error.to_string().contains("Elm"), "{error}");
    assert_eq!(format!("{:?}", judge(&format!("where is my order {text}"))), "AsksWhereOrderIs");
}
