//! What may depend on what.

use tidy::{files, folders, read, sources};

#[test]
fn the_domain_has_no_clock_no_randomness_and_no_io() {
    let manifest = read("shared/domain/Cargo.toml");
    let (_, dependencies) = manifest.split_once("\n[dependencies]\n").unwrap();
    let dependencies = dependencies.split("\n[").next().unwrap();
    let names: Vec<&str> = dependencies
        .lines()
        .filter_map(|line| line.split(['.', ' ', '=']).next())
        .filter(|n| !n.is_empty())
        .collect();
    assert_eq!(names, ["jiff", "serde", "serde_json", "strum", "thiserror", "unicode-normalization"]);
    for source in sources(&["shared/domain/src"]) {
        for forbidden in ["::now()", "std::fs", "std::net", "std::env", "async fn", "rand::", "f32"] {
            assert!(!source.text.contains(forbidden), "{}: {forbidden}", source.path);
        }
    }
}

#[test]
fn no_function_calls_another() {
    let names = folders("functions");
    assert!(names.len() >= 14, "{names:?}");
    for name in &names {
        let manifest = read(&format!("functions/{name}/Cargo.toml"));
        // A test may take the order through the steps before.
        let (manifest, _) = manifest.split_once("\n[dev-dependencies]").unwrap_or((&manifest, ""));
        for other in names.iter().filter(|other| *other != name) {
            let depends = manifest.lines().any(|line| line.split(['.', ' ', '=']).next() == Some(other));
            assert!(!depends, "{name} depends on {other}");
        }
    }
}

/// Everything but the Lambda functions themselves builds without an SDK.
#[test]
fn no_step_needs_aws() {
    let aws_only = ["shared/backend-aws/", "shared/lambda/"];
    let mut read = 0;
    for manifest in files(&["functions", "shared", "infra/local"], "toml") {
        let Some((_, dependencies)) = manifest.text.split_once("\n[dependencies]") else { continue };
        if aws_only.iter().any(|folder| manifest.path.starts_with(folder)) {
            continue;
        }
        let (dependencies, _) = dependencies.split_once("\n[dev-dependencies]").unwrap_or((dependencies, ""));
        for line in dependencies.lines() {
            let aws = ["aws-", "backend-aws", "lambda"].iter().any(|name| line.starts_with(name));
            assert!(!aws || line.contains("optional = true"), "{}: {line}", manifest.path);
        }
        read += 1;
    }
    assert!(read >= 20, "{read} manifests");
}

#[test]
fn only_the_sandbox_starts_the_simulators() {
    let mut starts = Vec::new();
    for source in sources(&["functions", "shared", "infra"]) {
        if source.is_product() && source.text.contains("sim::") {
            starts.push(source.path);
        }
    }
    assert!(starts.iter().all(|path| path.starts_with("infra/local/src/sandbox")), "{starts:?}");
    assert!(!starts.is_empty());
}

#[test]
fn no_float_touches_money_or_measures() {
    for source in sources(&["shared/domain/src", "functions"]) {
        assert!(!source.text.contains("f64"), "{}", source.path);
    }
}
