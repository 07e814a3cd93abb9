//! Which states the first three digits of a ZIP code stand for.

use std::sync::OnceLock;

use serde::Deserialize;

/// Prefixes of ZIP codes that belong to the same states. Source: a public list of 42,789 ZIP codes (version 3.0.0 of
/// the package zipcodes of PyPI), gathered by prefix. A prefix of which a few ZIP codes lie in another state (06390 of
/// Fishers Island, New York) names that one too, after its own.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ZipRange {
    from: String,
    to: String,
    states: Vec<String>,
}

/// The prefixes in use, in order. The data stands in `zip_prefixes.json`.
#[derive(Clone, Debug, Default)]
pub struct ZipTable(Vec<(u16, u16, Vec<String>)>);

/// A table that cannot be right.
#[derive(Debug, thiserror::Error)]
pub enum ZipTableError {
    /// Not the JSON that is expected.
    #[error("not a list of ranges with from, to and states")]
    Syntax(#[from] serde_json::Error),
    /// A bound that is not three digits.
    #[error("{0:?} is no prefix of three digits")]
    Prefix(String),
    /// A range that ends before it begins or begins before the last one ends.
    #[error("the range from {0:03} is out of order")]
    Order(u16),
    /// A range without a state, or with one that is not two capital letters.
    #[error("the range from {0:03} needs states of two capital letters")]
    States(u16),
}

impl ZipTable {
    /// The table that is compiled in; a test proves that it is read.
    pub fn built_in() -> &'static Self {
        static TABLE: OnceLock<ZipTable> = OnceLock::new();
        TABLE.get_or_init(|| Self::read(include_str!("zip_prefixes.json")).unwrap_or_default())
    }

    /// Reads and proves a table.
    pub fn read(json: &str) -> Result<Self, ZipTableError> {
        let mut table: Vec<(u16, u16, Vec<String>)> = Vec::new();
        for ZipRange { from, to, states } in serde_json::from_str::<Vec<ZipRange>>(json)? {
            let from = bound(from)?;
            let to = bound(to)?;
            if to < from || table.last().is_some_and(|(_, last, _)| from <= *last) {
                return Err(ZipTableError::Order(from));
            }
            let is_code = |state: &String| state.len() == 2 && state.bytes().all(|b| b.is_ascii_uppercase());
            if states.is_empty() || !states.iter().all(is_code) {
                return Err(ZipTableError::States(from));
            }
            table.push((from, to, states));
        }
        Ok(Self(table))
    }

    /// The states of a prefix, the one with most ZIP codes first; `None` for a prefix that is not in use.
    pub fn states(&self, prefix: u16) -> Option<&[String]> {
        let range = self.0.iter().find(|(from, to, _)| (*from..=*to).contains(&prefix))?;
        Some(&range.2)
    }

    /// The state as the table spells it.
    pub fn known_state(&self, state: &str) -> Option<&str> {
        self.0.iter().flat_map(|(.., states)| states).find(|known| *known == state).map(String::as_str)
    }
}

/// The first three digits of a ZIP code of five digits or nine; hyphens and spaces do not matter.
pub fn prefix_of(code: &str) -> Option<u16> {
    let digits: String = code.chars().filter(|c| !c.is_whitespace() && *c != '-').collect();
    let is_zip = matches!(digits.len(), 5 | 9) && digits.bytes().all(|b| b.is_ascii_digit());
    is_zip.then(|| digits.get(..3)?.parse().ok()).flatten()
}

fn bound(text: String) -> Result<u16, ZipTableError> {
    let is_prefix = text.len() == 3 && text.bytes().all(|b| b.is_ascii_digit());
    text.parse().ok().filter(|_| is_prefix).ok_or(ZipTableError::Prefix(text))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{ZipTable, prefix_of};

    #[test]
    fn the_table_covers_every_state_territory_and_the_military() {
        let table = ZipTable::read(include_str!("zip_prefixes.json")).unwrap();
        let states: BTreeSet<&str> = table.0.iter().flat_map(|(.., s)| s).map(String::as_str).collect();
        let others = ["DC", "PR", "VI", "GU", "AS", "MP", "FM", "MH", "PW", "AA", "AE", "AP"];
        assert!(others.iter().all(|state| states.contains(state)));
        assert_eq!(states.len(), 50 + others.len());
    }

    #[test]
    fn says_what_is_wrong_with_a_table() {
        let check = |json: &str, expect: &str| {
            assert_eq!(ZipTable::read(json).unwrap_err().to_string(), expect, "{json}");
        };
        check("{}", "not a list of ranges with from, to and states");
        check(r#"[{"from":"5","to":"005","states":["NY"]}]"#, "\"5\" is no prefix of three digits");
        check(r#"[{"from":"005","to":"+05","states":["NY"]}]"#, "\"+05\" is no prefix of three digits");
        check(r#"[{"from":"006","to":"005","states":["NY"]}]"#, "the range from 006 is out of order");
        let twice =
            r#"[{"from":"005","to":"007","states":["NY"]},{"from":"007","to":"008","states":["PR"]}]"#;
        check(twice, "the range from 007 is out of order");
        for states in ["", "\"ny\"", "\"NYC\"", "\"NY\", \"\""] {
            let json = format!(r#"[{{"from":"005","to":"005","states":[{states}]}}]"#);
            check(&json, "the range from 005 needs states of two capital letters");
        }
    }

    #[test]
    fn reads_the_prefix() {
        for code in ["00501", "00501-1234", "005011234", " 00501 1234 ", "00501-"] {
            assert_eq!(prefix_of(code), Some(5), "{code}");
        }
        for code in ["", "501", "7030", "123456", "9021O", "CA 90210", "٩٠٢١٠", "+9021", "邮编"] {
            assert_eq!(prefix_of(code), None, "{code}");
        }
    }
}
