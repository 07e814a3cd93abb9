//! Public functions and types say what they are for; no comment on a field or variant repeats its name.

use tidy::{Source, sources};

/// How an item begins, after its visibility.
const ITEMS: [&str; 8] = ["fn ", "async fn ", "const ", "static ", "struct ", "enum ", "trait ", "type "];

/// What follows the visibility of an item; `None` for a line that begins none.
fn item(line: &str) -> Option<&str> {
    let line = line.trim_start();
    let line = match line.strip_prefix("pub(") {
        Some(rest) => rest.split_once(") ")?.1,
        None => line.strip_prefix("pub ").unwrap_or(line),
    };
    ITEMS.iter().any(|word| line.starts_with(word)).then_some(line)
}

/// The public types, traits and free functions of a file that have no doc comment, by line. A method may speak for itself:
/// what it takes and gives stands in its signature.
fn undocumented(source: &Source) -> Vec<String> {
    let lines: Vec<&str> = source.code().lines().collect();
    let is_item = |line: &str| {
        line.starts_with("pub ")
            && item(line).is_some_and(|rest| !rest.starts_with("const ") && !rest.starts_with("static "))
    };
    let has_docs = |at: usize| {
        let above = lines[..at].iter().rev().map(|line| line.trim());
        // Attributes may take several lines: the first that opens is the one whose top is looked for.
        let mut inside = false;
        for line in above {
            if line.starts_with("///") || line.starts_with("#[doc") {
                return true;
            }
            let ends = line.ends_with(']') || line.ends_with(")]");
            inside = (inside || ends) && !line.starts_with("#[");
            if !(inside || line.starts_with("#[")) {
                return false;
            }
        }
        false
    };
    let missing = |(at, line): (usize, &&str)| {
        (is_item(line) && !has_docs(at)).then(|| format!("{}:{}: {}", source.path, at + 1, line.trim()))
    };
    lines.iter().enumerate().filter_map(missing).collect()
}

/// Doc comments of at most three words on fields and variants, by line.
fn empty_docs(source: &Source) -> Vec<String> {
    let lines: Vec<&str> = source.code().lines().map(str::trim).collect();
    let is_doc = |at: usize| lines.get(at).is_some_and(|line| line.starts_with("///"));
    let is_empty = |&at: &usize| {
        let text = lines[at].strip_prefix("///").unwrap_or_default();
        let is_alone = is_doc(at) && !is_doc(at + 1) && (at == 0 || !is_doc(at - 1));
        is_alone
            && text.split_whitespace().count() <= 3
            // A value that a field holds, or a format, is worth its line.
            && !text.contains(['`', '"', '(', '['])
            && !text.chars().any(|c| c.is_ascii_digit())
            && lines[at + 1..].iter().find(|line| !line.starts_with("#[")).is_some_and(|line| item(line).is_none())
    };
    let shown = |at: usize| format!("{}:{}: {}", source.path, at + 1, lines[at]);
    (0..lines.len()).filter(is_empty).map(shown).collect()
}

fn product() -> impl Iterator<Item = Source> {
    sources(&["functions", "infra", "shared"]).into_iter().filter(Source::is_product)
}

#[test]
fn public_functions_and_types_have_docs() {
    // The formats of the outside are the outside's: it documents them.
    // What documents a command is its help, which clap takes from elsewhere.
    let exempt = |path: &str| path.contains("/wire") || path.starts_with("infra/local/src/cli");
    let ours = product().filter(|source| !exempt(&source.path));
    let missing: Vec<String> = ours.flat_map(|source| undocumented(&source)).collect();
    assert!(missing.is_empty(), "{} without docs:\n{}", missing.len(), missing.join("\n"));
}

#[test]
fn every_file_says_what_it_is_about() {
    let silent = product().filter(|source| !source.text.starts_with("//!")).map(|source| source.path);
    let silent: Vec<String> = silent.collect();
    assert!(silent.is_empty(), "{silent:#?}");
}

#[test]
fn no_comment_is_empty() {
    let empty: Vec<String> = product().flat_map(|source| empty_docs(&source)).collect();
    assert!(empty.is_empty(), "{} comments say nothing:\n{}", empty.len(), empty.join("\n"));
}

#[test]
fn finds_what_is_missing() {
    let text = "//! A file.\n\n/// Adds one to another number.\n#[allow(\n    clippy::x,\n)]\npub fn a() {}\n\npub fn b() {}\nstruct C {\n    /// The price.\n    \
                price: u8,\n    /// In minor units of `currency`.\n    cost: u8,\n}\n";
    let source = Source { path: "x.rs".into(), text: text.into() };
    assert_eq!(undocumented(&source), ["x.rs:9: pub fn b() {}"]);
    assert_eq!(empty_docs(&source), ["x.rs:11: /// The price."]);
}
