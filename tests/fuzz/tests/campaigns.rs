//! Every target over its corpus and mutations of it. `PUNCTUAL_FUZZ_RUNS` is the number of mutations, `PUNCTUAL_FUZZ_SEED`
//! their seed; a failure names both.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test stops at what it did not expect")]
#![allow(clippy::print_stdout, reason = "the seed is shown with what fails")]

use fuzz::{Campaign, TARGETS, target};

/// A few seconds in all.
const RUNS: usize = 1_500;

fn from_environment<T: std::str::FromStr>(name: &str) -> Option<T> {
    let text = std::env::var(name).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{name} is not a number: {text}")))
}

fn run(name: &str) {
    let runs = from_environment("PUNCTUAL_FUZZ_RUNS").unwrap_or(RUNS);
    let seed = from_environment("PUNCTUAL_FUZZ_SEED").unwrap_or(1);
    let campaign = Campaign::new(target(name).unwrap(), seed).unwrap();
    let seen = campaign.run(runs).unwrap_or_else(|found| panic!("{name}, {found}"));
    println!("{name}: seed {seed}, {runs} mutations, {} of them read", seen.of_mutations);
    assert_eq!(seen.of_corpus, campaign.files(), "every file of the corpus is what it should be");
    assert!(
        seen.of_mutations >= runs / 20,
        "{} of {runs} mutations come beyond the reading",
        seen.of_mutations
    );
}

macro_rules! campaigns {
    ($($name:ident),+ $(,)?) => {
        $(#[test]
        fn $name() {
            run(stringify!($name));
        })+

        #[test]
        fn every_target_is_run() {
            assert_eq!(TARGETS.map(|target| target.name), [$(stringify!($name)),+]);
        }
    };
}

campaigns!(
    tiktok_webhook,
    easypost_webhook,
    order,
    stored_record,
    rates,
    rate_rules,
    settings,
    remedy,
    catalogue,
);

#[test]
fn a_planted_defect_is_found_and_found_again() {
    let planted = |seed| {
        let campaign = Campaign::new(target("order").unwrap(), seed).unwrap();
        campaign.checking(|input| {
            let order: serde_json::Value = serde_json::from_slice(input).unwrap_or_default();
            assert!(order["payment"]["total_amount"] != "999999999.99", "planted");
            true
        })
    };
    let found = planted(1).run(100_000).unwrap_err().to_string();
    assert!(found.contains("of seed 1: planted") && found.contains("999999999.99"), "{found}");
    assert_eq!(planted(1).run(100_000).unwrap_err().to_string(), found);
}
