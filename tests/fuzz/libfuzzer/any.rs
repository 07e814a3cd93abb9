//! Runs the target that `PUNCTUAL_FUZZ_TARGET` names under libFuzzer.
#![no_main]

use std::sync::OnceLock;

static CHECK: OnceLock<fuzz::Check> = OnceLock::new();

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    let check = CHECK.get_or_init(|| {
        let name = std::env::var("PUNCTUAL_FUZZ_TARGET").unwrap_or_default();
        let target = fuzz::target(&name);
        target.unwrap_or_else(|| panic!("PUNCTUAL_FUZZ_TARGET is {name:?}, which is no target")).check
    });
    check(input);
});
