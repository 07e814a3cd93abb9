//! Rules of the repository that a test can guard.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test stops at what it did not expect")]

use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let hidden = path.file_name().unwrap().to_string_lossy().starts_with('.');
        if path.is_dir() && !hidden && !path.ends_with("target") {
            found.extend(files(&path, extension));
        } else if path.extension().is_some_and(|found| found == extension) {
            found.push(path);
        }
    }
    found
}

fn sources(folder: &str) -> Vec<(PathBuf, String)> {
    let read = |path: PathBuf| {
        let text = std::fs::read_to_string(&path).unwrap();
        (path, text)
    };
    files(&root().join(folder), "rs").into_iter().map(read).collect()
}

#[test]
fn the_top_level_is_what_the_architecture_says() {
    let mut names: Vec<String> = std::fs::read_dir(root())
        .unwrap()
        .map(Result::unwrap)
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().into_string().unwrap())
        .filter(|name| !name.starts_with('.') && !["target", "punctual-data"].contains(&name.as_str()))
        .collect();
    names.sort();
    let expected = ["events", "functions", "infra", "shared", "tests"];
    assert_eq!(names, expected);
}

#[test]
fn the_domain_knows_no_clock_no_chance_and_no_io() {
    let manifest = std::fs::read_to_string(root().join("shared/domain/Cargo.toml")).unwrap();
    let dependencies = manifest.split("[dependencies]").nth(1).unwrap();
    let names: Vec<&str> = dependencies
        .lines()
        .filter_map(|line| line.split(['.', ' ', '=']).next())
        .filter(|n| !n.is_empty())
        .collect();
    assert_eq!(names, ["jiff", "serde", "serde_json", "thiserror", "unicode-normalization"]);
    for (path, text) in sources("shared/domain/src") {
        for forbidden in ["::now()", "std::fs", "std::net", "std::env", "async fn", "rand::", "f32"] {
            assert!(!text.contains(forbidden), "{}: {forbidden}", path.display());
        }
    }
}

#[test]
fn no_function_calls_another() {
    let folders = std::fs::read_dir(root().join("functions")).unwrap();
    let names: Vec<String> =
        folders.map(|folder| folder.unwrap().file_name().into_string().unwrap()).collect();
    assert_eq!(names.len(), 14);
    for name in &names {
        let manifest = std::fs::read_to_string(root().join(format!("functions/{name}/Cargo.toml"))).unwrap();
        // A test may take the order through what comes before.
        let (manifest, _) = manifest.split_once("\n[dev-dependencies]").unwrap_or((&manifest, ""));
        for other in names.iter().filter(|other| *other != name) {
            assert!(!manifest.contains(&format!("\n{other}.workspace")), "{name} depends on {other}");
        }
    }
}

/// What is not Lambda builds without AWS.
#[test]
fn no_step_needs_aws() {
    let manifests = files(&root().join("functions"), "toml").into_iter().chain(
        [
            "shared/domain",
            "shared/workflow",
            "shared/backend",
            "shared/tiktok",
            "shared/carriers",
            "infra/local",
        ]
        .map(|folder| root().join(folder).join("Cargo.toml")),
    );
    let mut read = 0;
    for path in manifests {
        let text = std::fs::read_to_string(&path).unwrap();
        let (_, dependencies) = text.split_once("\n[dependencies]").unwrap();
        for line in dependencies.lines() {
            let aws = ["aws-", "backend-aws", "lambda"].iter().any(|name| line.starts_with(name));
            assert!(!aws || line.contains("optional = true"), "{}: {line}", path.display());
        }
        read += 1;
    }
    assert!(read >= 14, "{read} manifests");
}

#[test]
fn only_the_sandbox_starts_the_simulators() {
    for folder in ["functions", "shared", "infra"] {
        for (path, text) in sources(folder) {
            let test = path.components().any(|part| part.as_os_str() == "tests");
            let allowed =
                path.ends_with("infra/local/src/sandbox.rs") || path.ends_with("infra/local/src/run.rs");
            assert!(test || allowed || !text.contains("sim::"), "{}", path.display());
        }
    }
}

#[test]
fn no_float_touches_money_or_measures() {
    for (path, text) in sources("shared/domain/src").into_iter().chain(sources("functions")) {
        assert!(!text.contains("f64"), "{}", path.display());
    }
}

#[test]
fn files_stay_small_and_the_architecture_page_short() {
    for (path, text) in ["functions", "infra", "shared", "tests"].into_iter().flat_map(sources) {
        let lines = text.lines().count();
        assert!(lines <= 500, "{} has {lines} lines", path.display());
    }
    let page = std::fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    assert!(page.lines().count() < 150);
}

/// The fields of the variant or structure that begins `text`, each with its attributes and its name, or its place.
fn fields(text: &str) -> Vec<(String, String)> {
    let Some(open) = text.find(['(', '{', ',', ';']) else { return Vec::new() };
    let close = match &text[open..=open] {
        "(" => ')',
        "{" => '}',
        _ => return Vec::new(),
    };
    let body = &text[open + 1..];
    let (mut depth, mut begin, mut found) = (0_i32, 0, Vec::new());
    for (at, c) in body.char_indices() {
        let is_end = depth == 0 && c == close;
        if is_end || (depth == 0 && c == ',') {
            found.push(&body[begin..at]);
            begin = at + 1;
        }
        if is_end {
            break;
        }
        depth += i32::from("([{<".contains(c)) - i32::from(")]}>".contains(c));
    }
    let named = |(place, field): (usize, &str)| {
        let field: String = field.lines().filter(|line| !line.trim().starts_with("//")).collect();
        let name = field.rsplit_once(']').map_or(field.as_str(), |(_, rest)| rest);
        let name = match close {
            '}' => name.split(':').next().unwrap_or_default().trim().trim_start_matches("pub ").to_owned(),
            _ => place.to_string(),
        };
        (field.clone(), name)
    };
    found.into_iter().enumerate().map(named).collect()
}

/// Messages of errors that hold a field which is their source too: a chain of causes would say it twice.
fn told_twice(source: &str) -> Vec<String> {
    let errors = source.split("#[error(").skip(1).filter_map(|rest| rest.split_once(")]\n"));
    let twice = |(message, rest): (&str, &str)| {
        let held = fields(rest).into_iter().find(|(field, name)| {
            let is_source = field.contains("#[source]") || field.contains("#[from]") || name == "source";
            let written = [format!("{{{name}}}"), format!("{{{name}:")];
            is_source && written.iter().any(|written| message.contains(written.as_str()))
        });
        held.map(|(_, name)| format!("{message} holds {name}"))
    };
    errors.filter_map(twice).collect()
}

#[test]
fn no_error_says_its_cause_twice() {
    let bad = r#"
    #[error("a: {0}")]
    A(#[from] Fault),
    #[error("b {what}: {source}")]
    B {
        /// What.
        what: String,
        /// Why.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    #[error("c {0}")]
    C(String, #[source] Fault),
    #[error("d {1:?}")]
    D(String, #[source] Fault),
"#;
    assert_eq!(
        told_twice(bad),
        [r#""a: {0}" holds 0"#, r#""b {what}: {source}" holds source"#, r#""d {1:?}" holds 1"#]
    );
    let mut looked_at = 0;
    for (path, text) in ["functions", "infra", "shared", "tests/sim/src"].into_iter().flat_map(sources) {
        assert_eq!(told_twice(&text), [""; 0], "{}", path.display());
        looked_at += text.matches("#[source]").count() + text.matches("#[from]").count();
    }
    assert!(looked_at > 20, "{looked_at} sources of errors");
}
