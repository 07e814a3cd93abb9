//! An exception kind that is listed can happen.

use tidy::{read, sources};

#[test]
fn every_exception_kind_is_opened_somewhere() {
    let entries = "shared/domain/src/alerts/exception/kinds.rs";
    let text = read(entries);
    let kinds: Vec<&str> = text
        .lines()
        .filter_map(|line| line.trim_start().strip_prefix("Self::")?.strip_suffix(" => Facts {"))
        .collect();
    assert!(kinds.len() > 50, "{kinds:?}");
    let mut product = sources(&["functions", "infra", "shared"]);
    product.retain(|source| source.is_product() && source.path != entries);
    for kind in kinds {
        let name = format!("ExceptionKind::{kind}");
        let is_used = |code: &str| {
            code.split(name.as_str()).skip(1).any(|rest| !rest.starts_with(char::is_alphanumeric))
        };
        assert!(product.iter().any(|source| is_used(source.code())), "nothing opens {name}");
    }
}
