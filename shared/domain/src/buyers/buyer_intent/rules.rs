//! The phrases, and how they are matched.

use std::collections::HashSet;

use serde::Deserialize;

use super::BuyerIntent;
use super::fold::tokens;
use crate::built_in::BuiltInError;

/// How many words, or characters of a script without spaces, a `*` in a phrase may stand for; it may be none.
const GAP_MAX: usize = 5;

/// A language that buyers write in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
pub enum PhraseLanguage {
    #[serde(rename = "en")]
    English,
    /// Chinese in simplified characters.
    #[serde(rename = "zh-Hans")]
    ChineseSimplified,
    /// Chinese in traditional characters.
    #[serde(rename = "zh-Hant")]
    ChineseTraditional,
    #[serde(rename = "ms")]
    Malay,
    #[serde(rename = "th")]
    Thai,
    #[serde(rename = "vi")]
    Vietnamese,
    #[serde(rename = "id")]
    Indonesian,
    #[serde(rename = "es")]
    Spanish,
}

/// Rules by which messages are judged.
#[derive(Clone, Debug)]
pub struct IntentRules(Vec<PhraseRule>);

/// Why rules can't be used. It says something about the rules only, never about a message. `rule` counts from 1.
#[derive(Debug, thiserror::Error)]
pub enum IntentRulesError {
    #[error("not a list of rules with language, intent, phrases and unless")]
    Syntax(#[from] serde_json::Error),
    #[error("rule {rule}: the intent \"other\" can't have rules: it applies when no rule matches")]
    Other { rule: usize },
    #[error("rule {rule}: no phrases")]
    Empty { rule: usize },
    /// Nothing is left to look for, or the phrase begins or ends with a gap.
    #[error(
        "rule {rule}: the phrase {phrase:?} needs a word at its beginning, at its end and between its gaps"
    )]
    Phrase { rule: usize, phrase: String },
    /// The phrase is there twice, apart from case, accents, punctuation and doubled letters.
    #[error("rule {rule}: the language already has the phrase {phrase:?}")]
    Twice { rule: usize, phrase: String },
}

/// A rule as it is written. It matches a message that contains one of the phrases and none of `unless`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenRule {
    language: PhraseLanguage,
    intent: BuyerIntent,
    phrases: Vec<String>,
    /// Negations and phrases that only look alike: `it shipped`, `don't cancel`.
    #[serde(default)]
    unless: Vec<String>,
}

#[derive(Clone, Debug)]
struct PhraseRule {
    intent: BuyerIntent,
    phrases: Vec<Phrase>,
    unless: Vec<Phrase>,
}

/// Runs of tokens, with gaps between them.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Phrase(Vec<Vec<String>>);

impl IntentRules {
    /// The rules that are compiled in, from `intent_phrases.json`.
    ///
    /// # Errors
    /// If this build is broken.
    pub fn built_in() -> Result<Self, BuiltInError> {
        const FILE: &str = "intent_phrases.json";
        Self::read(include_str!("intent_phrases.json")).map_err(BuiltInError::of(FILE))
    }

    /// Reads and checks rules: a JSON list of objects with `language`, `intent`, `phrases` and `unless`.
    ///
    /// # Errors
    /// With the first rule that can't be used.
    pub fn read(json: &str) -> Result<Self, IntentRulesError> {
        let written: Vec<WrittenRule> = serde_json::from_str(json)?;
        let mut known = HashSet::new();
        let mut rules = Vec::new();
        for (rule, written) in (1..).zip(written) {
            if written.intent == BuyerIntent::Other {
                return Err(IntentRulesError::Other { rule });
            }
            if written.phrases.is_empty() {
                return Err(IntentRulesError::Empty { rule });
            }
            let phrases = Phrase::all(rule, &written.phrases)?;
            for (phrase, text) in phrases.iter().zip(written.phrases) {
                if !known.insert((written.language, phrase.clone())) {
                    return Err(IntentRulesError::Twice { rule, phrase: text });
                }
            }
            let unless = Phrase::all(rule, &written.unless)?;
            rules.push(PhraseRule { intent: written.intent, phrases, unless });
        }
        Ok(Self(rules))
    }

    /// The most urgent thing that the message asks for: cancellation, then the address, then shipping.
    pub fn judge(&self, text: &str) -> BuyerIntent {
        let tokens = tokens(text);
        let asks =
            |intent: &BuyerIntent| self.0.iter().any(|rule| rule.intent == *intent && rule.matches(&tokens));
        BuyerIntent::BY_URGENCY.into_iter().find(asks).unwrap_or(BuyerIntent::Other)
    }
}

impl PhraseRule {
    fn matches(&self, tokens: &[String]) -> bool {
        let has = |phrases: &[Phrase]| phrases.iter().any(|phrase| phrase.is_in(tokens));
        has(&self.phrases) && !has(&self.unless)
    }
}

impl Phrase {
    fn all(rule: usize, texts: &[String]) -> Result<Vec<Self>, IntentRulesError> {
        let read = |text: &String| {
            let parts: Vec<_> = text.split('*').map(tokens).collect();
            let is_whole = parts.iter().all(|part| !part.is_empty());
            is_whole.then_some(Self(parts)).ok_or(IntentRulesError::Phrase { rule, phrase: text.clone() })
        };
        texts.iter().map(read).collect()
    }

    fn is_in(&self, tokens: &[String]) -> bool {
        (0..tokens.len()).any(|at| begins(&self.0, tokens.get(at..).unwrap_or_default()))
    }
}

/// True if the tokens begin with the first part and the others follow, each after a gap.
fn begins(parts: &[Vec<String>], tokens: &[String]) -> bool {
    let [part, others @ ..] = parts else { return true };
    let Some(after) = tokens.strip_prefix(part.as_slice()) else { return false };
    let follow = |gap: usize| after.get(gap..).is_some_and(|tokens| begins(others, tokens));
    others.is_empty() || (0..=GAP_MAX).any(follow)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{BuyerIntent, GAP_MAX, IntentRules, WrittenRule};

    #[test]
    fn the_built_in_rules_know_every_intent_in_every_language() {
        let json = include_str!("intent_phrases.json");
        assert!(!IntentRules::read(json).unwrap().0.is_empty());
        let written: Vec<WrittenRule> = serde_json::from_str(json).unwrap();
        let pairs: BTreeSet<String> =
            written.iter().map(|rule| format!("{:?} {:?}", rule.language, rule.intent)).collect();
        assert_eq!(pairs.len(), 8 * 3, "{pairs:?}");
    }

    #[test]
    fn says_what_is_wrong_with_rules() {
        let check = |json: &str, expect: &str| {
            assert_eq!(IntentRules::read(json).unwrap_err().to_string(), expect, "{json}");
        };
        let syntax = "not a list of rules with language, intent, phrases and unless";
        check("{}", syntax);
        check(r#"[{"language":"xx","intent":"asks_where_order_is","phrases":["a"]}]"#, syntax);
        check(r#"[{"language":"en","intent":"asks_where_order_is","phrases":["a"],"not":["b"]}]"#, syntax);
        let other = "rule 1: the intent \"other\" can't have rules: it applies when no rule matches";
        check(r#"[{"language":"en","intent":"other","phrases":["a"]}]"#, other);
        check(r#"[{"language":"en","intent":"asks_where_order_is","phrases":[]}]"#, "rule 1: no phrases");
        for phrase in ["", "?!", "* ship", "ship *", "when * * ship"] {
            let words = "needs a word at its beginning, at its end and between its gaps";
            let expect = format!("rule 2: the phrase {phrase:?} {words}");
            let first = r#"{"language":"en","intent":"asks_where_order_is","phrases":["a"]}"#;
            let rule = |phrases: &str| {
                format!(
                    r#"[{first},{{"language":"en","intent":"asks_where_order_is","phrases":[{phrases}]}}]"#
                )
            };
            check(&rule(&format!("\"{phrase}\"")), &expect);
            let unless = format!(
                r#"[{first},{{"language":"en","intent":"asks_where_order_is","phrases":["b"],"unless":["{phrase}"]}}]"#
            );
            check(&unless, &expect);
        }
        let twice = r#"[{"language":"es","intent":"asks_where_order_is","phrases":["dónde","Donde?"]}]"#;
        check(twice, "rule 1: the language already has the phrase \"Donde?\"");
    }

    #[test]
    fn matches_whole_words_with_gaps_of_a_limited_length() {
        let json = r#"[
            {"language":"en","intent":"asks_where_order_is","phrases":["when * ship"],"unless":["no hurry"]},
            {"language":"zh-Hans","intent":"asks_to_cancel","phrases":["取消*单"]}
        ]"#;
        let rules = IntentRules::read(json).unwrap();
        let gap = |words: usize| format!("when {}ship", "x ".repeat(words));
        assert_eq!(rules.judge(&gap(0)), BuyerIntent::AsksWhereOrderIs);
        assert_eq!(rules.judge(&gap(GAP_MAX)), BuyerIntent::AsksWhereOrderIs);
        assert_eq!(rules.judge(&gap(GAP_MAX + 1)), BuyerIntent::Other);
        assert_eq!(rules.judge("when shipping"), BuyerIntent::Other);
        assert_eq!(rules.judge("whenever ship"), BuyerIntent::Other);
        assert_eq!(rules.judge("No-hurry, when ship"), BuyerIntent::Other);
        assert_eq!(rules.judge("when ship, 取消我的订单"), BuyerIntent::AsksToCancel);
        assert_eq!(rules.judge("when"), BuyerIntent::Other);
        assert_eq!(rules.judge(""), BuyerIntent::Other);
    }
}
