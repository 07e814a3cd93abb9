# The checks of every day; `.ci/run list` names the others.

# Format, lints, and the tests of what changed.
check:
    .ci/run quick

# The sandbox: two simulated services and everything of Punctual, until Ctrl-C.
run *args:
    cargo run -- {{args}}

# All tests.
test:
    cargo test --workspace

# Everything that decides what lands.
ci:
    .ci/run

# Accepts the changed snapshots of long texts.
accept:
    INSTA_UPDATE=always cargo test -p domain
