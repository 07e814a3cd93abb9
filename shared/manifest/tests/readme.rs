//! The README's table of variables is compared with the list.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test stops at what it did not expect")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use config::{Presence, ReadOn};
use manifest::variables;

/// The rows of the table: what the second column says of each variable.
fn table() -> BTreeMap<String, String> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../README.md");
    let page = std::fs::read_to_string(file).unwrap();
    let (_, section) = page.split_once("\n### Configuration\n").expect("no section Configuration");
    let rows = section.lines().skip_while(|line| !line.starts_with("| variable ")).skip(2);
    let rows = rows.take_while(|line| line.starts_with('|'));
    let row = |line: &str| {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let (names, default) = (cells[1], cells[2].to_owned());
        names.split(", ").map(|name| (name.trim_matches('`').to_owned(), default.clone())).collect::<Vec<_>>()
    };
    rows.flat_map(row).collect()
}

#[test]
fn the_readme_has_every_variable_of_the_host_and_its_default() {
    let table = table();
    let listed: BTreeSet<&str> = table.keys().map(String::as_str).collect();
    let of_the_host = || variables().filter(|variable| variable.read_on != ReadOn::Aws);
    let expected: BTreeSet<&str> = of_the_host().map(|variable| &*variable.name).collect();
    assert_eq!(listed, expected);
    for variable in of_the_host() {
        let said = &table[&*variable.name];
        match variable.presence {
            Presence::DefaultsTo(value) => {
                assert!(said.contains(value), "{variable}: {value} is not in {said:?}")
            }
            Presence::Required => assert!(said.is_empty(), "{variable} has no default: {said:?}"),
            Presence::Optional => {}
        }
    }
}
