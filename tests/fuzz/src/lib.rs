//! Fuzzing. A target takes bytes as they may come from outside, and asserts what must hold for any bytes. The tests
//! replay a corpus and mutations of it; the crate in `libfuzzer/` looks for further inputs by coverage (see `README.md`).
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "these are tests, which libfuzzer runs as well")]

mod campaign;
mod mutate;
mod targets;

pub use campaign::{Campaign, Found, Seen};

/// Asserts something about any input. True when the input was accepted by the target's reader.
pub type Check = fn(&[u8]) -> bool;

/// A target by its name, which is that of its folder in `corpus/`.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    pub name: &'static str,
    pub check: Check,
}

/// Every target.
pub const TARGETS: [Target; 9] = [
    Target { name: "tiktok_webhook", check: targets::webhooks::tiktok },
    Target { name: "easypost_webhook", check: targets::webhooks::easypost },
    Target { name: "order", check: targets::orders::read },
    Target { name: "stored_record", check: targets::orders::stored },
    Target { name: "rates", check: targets::rates::answer },
    Target { name: "rate_rules", check: targets::rates::rules },
    Target { name: "settings", check: targets::people::settings },
    Target { name: "remedy", check: targets::people::remedy },
    Target { name: "catalogue", check: targets::people::catalogue },
];

/// The target of that name.
pub fn target(name: &str) -> Option<Target> {
    TARGETS.into_iter().find(|target| target.name == name)
}
