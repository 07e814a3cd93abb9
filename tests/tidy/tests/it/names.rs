//! One name for one thing.

use std::collections::BTreeMap;

use tidy::sources;

/// Names of one idea that is written twice, once for each way of building the host.
const SHARED: [&str; 3] = ["ControlStream", "Interruption", "Sandbox"];

/// The types that `line` defines.
fn defined(line: &str) -> Option<&str> {
    let line = line.trim_start();
    let line = match line.strip_prefix("pub(") {
        Some(rest) => rest.split_once(") ")?.1,
        None => line.strip_prefix("pub ").unwrap_or(line),
    };
    let rest = ["struct ", "enum ", "trait ", "type "].iter().find_map(|word| line.strip_prefix(word))?;
    let end = rest.find(|c: char| !c.is_alphanumeric()).unwrap_or(rest.len());
    Some(&rest[..end]).filter(|name| name.starts_with(|c: char| c.is_ascii_uppercase()))
}

/// The formats of the outside (`wire`) have the outside's names, and an associated type has its trait's.
#[test]
fn no_type_name_stands_for_two_ideas() {
    let mut places: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for source in sources(&["functions", "infra", "shared"]) {
        if !source.is_product() || source.path.contains("/wire") {
            continue;
        }
        let lines = source.code().lines().filter(|line| !line.starts_with("    type "));
        for name in lines.filter_map(defined) {
            places.entry(name.to_owned()).or_default().push(source.path.clone());
        }
    }
    assert!(places.len() > 300, "{} types", places.len());
    places.retain(|name, places| places.len() > 1 && !SHARED.contains(&name.as_str()));
    assert!(places.is_empty(), "{places:#?}");
}

#[test]
fn finds_definitions() {
    for (line, expect) in [
        ("pub struct Money {", Some("Money")),
        ("pub(crate) enum Stage {", Some("Stage")),
        ("trait Clock: Send {", Some("Clock")),
        ("type Item = HashMap<String, Value>;", Some("Item")),
        ("    struct Inner(u8);", Some("Inner")),
        ("impl Money {", None),
        ("// struct Money", None),
    ] {
        assert_eq!(defined(line), expect, "{line}");
    }
}
