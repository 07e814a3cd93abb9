//! What the repository looks like.

use tidy::{folders, read, sources};

#[test]
fn the_top_level_is_what_the_architecture_page_shows() {
    let mut names = folders(".");
    names.retain(|name| !name.starts_with('.') && !["target", "punctual-data"].contains(&name.as_str()));
    assert_eq!(names, ["docs", "events", "functions", "infra", "shared", "tests"]);
}

#[test]
fn files_stay_small() {
    for source in sources(&["functions", "infra", "shared", "tests"]) {
        let lines = source.text.lines().count();
        assert!(lines <= 500, "{} has {lines} lines", source.path);
    }
}

#[test]
fn the_architecture_page_stays_short_and_names_every_crate() {
    let page = read("ARCHITECTURE.md");
    assert!(page.lines().count() < 160);
    for folder in ["functions", "shared", "tests"] {
        for name in folders(folder) {
            assert!(page.contains(&name), "ARCHITECTURE.md does not name {folder}/{name}");
        }
    }
}
