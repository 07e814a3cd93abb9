//! Errors.

use tidy::sources;

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

/// The messages of errors that show their own source: a chain of causes would print it twice.
fn causes_repeated(source: &str) -> Vec<String> {
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
fn no_error_prints_its_cause_twice() {
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
        causes_repeated(bad),
        [r#""a: {0}" holds 0"#, r#""b {what}: {source}" holds source"#, r#""d {1:?}" holds 1"#]
    );
    let mut looked_at = 0;
    for source in sources(&["functions", "infra", "shared", "tests/sim/src"]) {
        assert_eq!(causes_repeated(&source.text), [""; 0], "{}", source.path);
        looked_at += source.text.matches("#[source]").count() + source.text.matches("#[from]").count();
    }
    assert!(looked_at > 20, "{looked_at} sources of errors");
}
