//! What a connector touches outside its own folder, its simulator and the tests.

use std::path::{Path, PathBuf};

use carriers::registry::KINDS;

/// A connector names itself in so many files of the product, and no more.
const FILES_MAX: usize = 3;

/// Where the product is.
const FOLDERS: [&str; 3] = ["functions", "shared", "infra"];

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let is_a_connector_s = KINDS.contains(&name.trim_end_matches(".rs"));
        if is_a_connector_s {
            continue;
        }
        if path.is_dir() {
            if !matches!(name.as_str(), "tests" | "benches" | "target" | "runbooks") {
                sources(&path, found);
            }
        } else if name.ends_with(".rs") || name == "template.yaml" {
            found.push(path);
        }
    }
}

#[test]
fn a_connector_is_registered_in_a_few_files() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut files = Vec::new();
    for folder in FOLDERS {
        sources(&root.join(folder), &mut files);
    }
    assert!(files.len() > 200, "{} files", files.len());
    // A test may need a real variable's name.
    files.retain(|path| !path.ends_with("tests.rs"));
    for kind in KINDS {
        let names = |path: &&PathBuf| std::fs::read_to_string(path).unwrap().to_lowercase().contains(kind);
        let named: Vec<_> = files.iter().filter(names).collect();
        assert!(named.iter().any(|path| path.ends_with("registry.rs")), "{named:?}");
        assert!(named.len() <= FILES_MAX, "{kind} is named in {named:#?}");
    }
}
