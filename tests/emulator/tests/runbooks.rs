//! What people are told of has a page that says what to do.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test stops at what it did not expect")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use domain::alarm::{AlarmKind, AlarmLevel};
use domain::exception::ExceptionKind;
use domain::recipient::Channel;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../infra/runbooks")
}

fn read(page: &str) -> String {
    std::fs::read_to_string(folder().join(page)).unwrap_or_else(|error| panic!("{page}: {error}"))
}

/// The lines of the index: name, how it is told, page.
fn index() -> BTreeMap<String, (String, String)> {
    let text = read("README.md");
    let rows = text.lines().filter(|line| line.starts_with("| `"));
    let row = |line: &str| {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let [names, told, page] = cells.as_slice() else { panic!("{line}") };
        let page = page.split(['(', ')']).nth(1).unwrap_or_else(|| panic!("{line}"));
        let names: Vec<String> = names.split(", ").map(|name| name.trim_matches('`').to_owned()).collect();
        names.into_iter().map(|name| (name, ((*told).to_owned(), page.to_owned()))).collect::<Vec<_>>()
    };
    rows.flat_map(row).collect()
}

fn told(kind: AlarmKind) -> String {
    let name = |channel: &Channel| match channel {
        Channel::Email => "e-mail",
        Channel::Sms => "SMS",
        Channel::Call => "call",
    };
    let silent = matches!(kind, AlarmKind::Exception(kind) if kind.notify_after().is_none());
    if silent { "listed".to_owned() } else { kind.channels().iter().map(name).collect::<Vec<_>>().join(", ") }
}

#[test]
fn every_alarm_and_exception_is_in_the_index_and_on_its_page() {
    let index = index();
    let kinds = AlarmLevel::ALL.map(AlarmKind::Dispatch).into_iter();
    let kinds: Vec<AlarmKind> =
        kinds.chain(ExceptionKind::ALL.iter().copied().map(AlarmKind::Exception)).collect();
    for kind in kinds {
        let name = kind.name();
        let (how, page) = index.get(name).unwrap_or_else(|| panic!("{name} is not in the index"));
        assert_eq!(*how, told(kind), "{name}");
        assert!(read(page).contains(&format!("`{name}`")), "{page} does not name {name}");
    }
}

#[test]
fn every_alarm_of_the_stack_is_in_the_index() {
    let index = index();
    let template = emulator::Template::read().unwrap();
    for (name, _) in template.of_type("AWS::CloudWatch::Alarm") {
        let name = name.trim_end_matches("Alarm");
        let found = index.iter().any(|(pattern, (_, page))| {
            page == "stack.md"
                && (name == pattern || pattern.strip_prefix('…').is_some_and(|end| name.ends_with(end)))
        });
        assert!(found, "{name}");
    }
}

/// No page is left over, and no link leads nowhere.
#[test]
fn pages_and_links_fit() {
    let files =
        std::fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let files: BTreeSet<String> = files.filter(|name| name != "README.md").collect();
    let linked: BTreeSet<String> = index().into_values().map(|(_, page)| page).collect();
    assert_eq!(files, linked);
    for page in files.iter().map(String::as_str).chain(["README.md"]) {
        for link in read(page).split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            assert!(folder().join(link).exists(), "{page}: {link}");
        }
    }
}
