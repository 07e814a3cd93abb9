//! Everything that people are notified of has a page that says what to do.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test stops at what it did not expect")]

use std::collections::BTreeSet;
use std::path::PathBuf;

use domain::alarm::{AlarmKind, AlarmLevel};
use domain::exception::ExceptionKind;
use domain::recipient::Channel;
use domain::remedy::RemedyKind;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../infra/runbooks")
}

fn read(page: &str) -> String {
    std::fs::read_to_string(folder().join(page)).unwrap_or_else(|error| panic!("{page}: {error}"))
}

fn kinds() -> impl Iterator<Item = AlarmKind> {
    let exceptions = ExceptionKind::ALL.iter().copied().map(AlarmKind::Exception);
    AlarmLevel::ALL.map(AlarmKind::Dispatch).into_iter().chain(exceptions)
}

/// An exception has a page of its own; the levels of the dispatch deadline share one.
fn page_of(kind: AlarmKind) -> String {
    match kind {
        AlarmKind::Dispatch(_) => "dispatch-deadline.md".to_owned(),
        AlarmKind::Exception(kind) => format!("{}.md", kind.name().replace('_', "-")),
    }
}

/// Its row on the page: name, priority, and who is notified how.
fn row_of(kind: AlarmKind) -> String {
    let name = |channel: &Channel| match channel.name() {
        "email" => "e-mail".to_owned(),
        "sms" => "SMS".to_owned(),
        name => name.replace('_', " "),
    };
    let channels = kind.channels().iter().map(name).collect::<Vec<_>>().join(", ");
    let (priority, notified) = match kind {
        AlarmKind::Dispatch(_) => ("alarm".to_owned(), channels),
        AlarmKind::Exception(kind) => {
            let notified = kind.notify_after().map_or("nobody".to_owned(), |_| channels);
            (format!("{:?}", kind.priority()).to_lowercase(), notified)
        }
    };
    format!("| `{}` | {priority} | {notified} |", kind.name())
}

#[test]
fn every_alarm_and_exception_has_a_page_with_its_facts_and_what_to_do() {
    for kind in kinds() {
        let (page, row) = (page_of(kind), row_of(kind));
        let text = read(&page);
        assert!(text.lines().any(|line| line == row), "{page} lacks the row: {row}");
        for section in
            ["What it means", "When it opens and closes", "What to check", "What to do", "If nobody acts"]
        {
            assert!(text.contains(&format!("**{section}.**")), "{page} has no section \"{section}\"");
        }
    }
}

#[test]
fn every_alarm_of_the_stack_is_on_its_page() {
    let text = read("stack.md");
    let patterns: BTreeSet<&str> =
        text.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next()).collect();
    let template = emulator::Template::read().unwrap();
    for (name, _) in template.of_type("AWS::CloudWatch::Alarm") {
        let name = name.trim_end_matches("Alarm");
        let fits = |pattern: &&str| match pattern.strip_prefix('…') {
            Some(end) => name.ends_with(end),
            None => name == *pattern,
        };
        assert!(patterns.iter().any(fits), "{name}");
    }
}

#[test]
fn the_readme_lists_every_remedy() {
    let text = read("README.md");
    let listed: Vec<&str> = text.lines().filter(|line| line.starts_with("| `")).collect();
    let expected: Vec<String> =
        RemedyKind::ALL.iter().map(|remedy| format!("| `{remedy}` | {} |", remedy.help())).collect();
    assert_eq!(listed, expected);
}

/// No page is left over, and no link leads nowhere.
#[test]
fn pages_and_links_fit() {
    let files =
        std::fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let files: BTreeSet<String> = files.collect();
    let others = ["README.md", "stack.md"].map(str::to_owned);
    let expected: BTreeSet<String> = kinds().map(page_of).chain(others).collect();
    assert_eq!(files, expected);
    for page in &files {
        for link in read(page).split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            assert!(folder().join(link).exists(), "{page}: {link}");
        }
    }
}
